package rwkvms.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import rwkvms.checkpoint.CheckpointComparison.Difference;
import rwkvms.file.Sha256;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

class CheckpointComparisonTests {
    private static final JsonNode EMPTY = JsonNodeFactory.instance.objectNode();
    private static final Tensor ONE = Tensor.ofFloats(Shape.of(2), 1, 0);

    private static Checkpoint with(String name, Tensor tensor) {
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put(name, tensor);
        return new Checkpoint(EMPTY, EMPTY, tensors, Map.of());
    }

    private static List<Difference> differences(Checkpoint first, Checkpoint second) {
        return CheckpointComparison.of(first, second).differences();
    }

    @Test
    void whatOnlyOneHasIsNamed() {
        assertThat(differences(with("a", ONE), with("b", ONE))).containsExactly(
                new Difference("tensor \"a\"", "float32[2]", "none"),
                new Difference("tensor \"b\"", "none", "float32[2]"));
    }

    @Test
    void typeShapeAndBytesAreToldApart() {
        Tensor half = Tensor.ofRounded(DType.FLOAT16, Shape.of(2), 1, 0);
        Tensor row = Tensor.ofFloats(Shape.of(1, 2), 1, 0);
        Tensor minus = Tensor.ofFloats(Shape.of(2), 1, -0f);
        assertThat(differences(with("a", ONE), with("a", half)))
                .containsExactly(new Difference("tensor \"a\", type", "float32", "float16"));
        assertThat(differences(with("a", ONE), with("a", row)))
                .containsExactly(new Difference("tensor \"a\", shape", "[2]", "[1, 2]"));
        assertThat(differences(with("a", ONE), with("a", minus)))
                .containsExactly(
                        new Difference("tensor \"a\", SHA-256", Sha256.of(ONE.bytes()), Sha256.of(minus.bytes())));
        assertThat(differences(with("a", ONE), with("a", Tensor.ofFloats(Shape.of(2), 1, 0)))).isEmpty();
    }

    /** An integer is not the float of its value, because a sidecar keeps the two apart. */
    @Test
    void settingsAreComparedAsJson() {
        JsonNode first = JsonNodeFactory.instance.objectNode().put("alpha", 16).put("rank", 8).put("only", true);
        JsonNode second = JsonNodeFactory.instance.objectNode().put("rank", 8).put("alpha", 16.0);
        assertThat(differences(new Checkpoint(first, second, new LinkedHashMap<>(), Map.of()),
                new Checkpoint(second, first, new LinkedHashMap<>(), Map.of()))).containsExactly(
                        new Difference("delta_mem_config.json, alpha", "16", "16.0"),
                        new Difference("delta_mem_config.json, only", "true", "none"),
                        new Difference("adapter_metadata.json, alpha", "16.0", "16"),
                        new Difference("adapter_metadata.json, only", "none", "true"));
    }

    @Test
    void textsAreComparedWhereBothHaveThem() {
        Checkpoint none = new Checkpoint(EMPTY, EMPTY, new LinkedHashMap<>(), Map.of());
        Checkpoint one = new Checkpoint(EMPTY, EMPTY, new LinkedHashMap<>(), Map.of("general.name", "a"));
        Checkpoint other = new Checkpoint(EMPTY, EMPTY, new LinkedHashMap<>(),
                Map.of("general.name", "é", "delta_mem.status", "s"));
        assertThat(CheckpointComparison.of(none, one)).isEqualTo(new CheckpointComparison(List.of(), false));
        assertThat(CheckpointComparison.of(one, other).notes()).isTrue();
        assertThat(differences(one, other)).containsExactly(
                new Difference("key general.name", "\"a\"", "\"\\u00e9\""),
                new Difference("key delta_mem.status", "none", "\"s\""));
    }
}
