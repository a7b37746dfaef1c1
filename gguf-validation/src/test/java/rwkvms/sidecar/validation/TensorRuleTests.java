package rwkvms.sidecar.validation;

import static org.assertj.core.api.Assertions.assertThat;
import static rwkvms.sidecar.validation.Expectations.codes;
import static rwkvms.sidecar.validation.Expectations.finds;
import static rwkvms.sidecar.validation.Expectations.messages;
import static rwkvms.sidecar.validation.Expectations.renamed;
import static rwkvms.sidecar.validation.Expectations.reshaped;
import static rwkvms.sidecar.validation.Expectations.shape;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import rwkvms.gguf.GgmlType;
import rwkvms.gguf.GgufTensor;
import rwkvms.sidecar.SidecarKey;
import rwkvms.sidecar.testing.SidecarSizes;

/** Which tensors there are, their types and shapes: every finding of the report, word for word. */
class TensorRuleTests {
    private static final String MEM_Q = "blk.0.mem_q";

    @Test
    void missingTensors() {
        finds(SidecarBytes.valid().removeTensor("blk.2.delta_k").recount(), FindingCode.TENSOR_MISSING,
                "tensor \"blk.2.delta_k\": required tensor missing: "
                        + "expected it beside the other tensors of layer 2, found none");
        assertThat(codes(SidecarBytes.of(SidecarSizes.SMALL.withFreeLambda()).removeTensor("blk.0.lambda").recount()))
                .containsExactly(FindingCode.TENSOR_MISSING);
    }

    @Test
    void unusedLambda() {
        SidecarBytes unused = SidecarBytes.of(SidecarSizes.SMALL.withFreeLambda()).removeTensor("blk.2.lambda")
                .removeTensor("blk.2.lambda_b").removeTensor("blk.0.lambda_b").recount()
                .config(config -> config.put("couple_lambda", true));
        finds(unused, FindingCode.LAMBDA_UNUSED, "tensor \"blk.0.lambda\" at byte "
                + unused.gguf().tensors("blk.0.lambda").getFirst().infoOffset()
                + ": lambda tensor beside a coupled lambda: expected none, or couple_lambda false, "
                + "found couple_lambda true");
        assertThat(unused.report().isValid()).isTrue();
    }

    @Test
    void transposedShape() {
        SidecarBytes transposed = SidecarBytes.valid().tensor(MEM_Q, tensor -> reshaped(tensor, 4, 7));
        long ne = transposed.gguf().tensors(MEM_Q).getFirst().neOffset();
        assertThat(messages(transposed)).containsExactly(
                "tensor \"blk.0.mem_q\" at byte " + ne
                        + ": transposed ggml shape: expected ne [7, 4], found ne [4, 7]",
                "manifest entry \"blk.0.mem_q\", shape at byte " + transposed.at(SidecarKey.TENSOR_MANIFEST)
                        + ": manifest contradicts its tensor: expected [7,4], found [4,7]");
    }

    @Test
    void wrongShape() {
        SidecarBytes flat = SidecarBytes.valid().tensor(MEM_Q, tensor -> reshaped(tensor, 14, 2))
                .firstEntry(entry -> shape(entry, 2, 14));
        finds(flat, FindingCode.TENSOR_SHAPE, "tensor \"blk.0.mem_q\" at byte "
                + flat.gguf().tensors(MEM_Q).getFirst().neOffset()
                + ": wrong ggml shape: expected ne [7, 4], found ne [14, 2]");
        assertThat(codes(SidecarBytes.valid().tensor(MEM_Q, tensor -> reshaped(tensor, 28))
                .firstEntry(entry -> shape(entry, 28)))).containsExactly(FindingCode.TENSOR_SHAPE);
    }

    @Test
    void deltaShapeAgainstTheLayersAttention() {
        SidecarBytes narrow = SidecarBytes.valid().edit(SidecarKey.PER_LAYER_ATTENTION,
                attention -> ((ObjectNode) attention.get(0)).put("q_out", 6));
        finds(narrow, FindingCode.TENSOR_SHAPE, "tensor \"blk.0.delta_q\" at byte "
                + narrow.gguf().tensors("blk.0.delta_q").getFirst().neOffset()
                + ": wrong ggml shape: expected ne [4, 6], found ne [4, 5]");
    }

    @Test
    void attentionOfALayer() {
        SidecarBytes none = SidecarBytes.valid().edit(SidecarKey.PER_LAYER_ATTENTION,
                attention -> ((ArrayNode) attention).remove(1));
        finds(none, FindingCode.ATTENTION, "key delta_mem.per_layer_attention_json at byte "
                + none.at(SidecarKey.PER_LAYER_ATTENTION)
                + ": wrong attention of a layer: expected an entry of layer 2, found none");
        SidecarBytes text = SidecarBytes.valid().edit(SidecarKey.PER_LAYER_ATTENTION,
                attention -> ((ObjectNode) attention.get(0)).put("k_out", "3"));
        finds(text, FindingCode.ATTENTION, "key delta_mem.per_layer_attention_json, layer 0, k_out at byte "
                + text.at(SidecarKey.PER_LAYER_ATTENTION)
                + ": wrong attention of a layer: expected an integer from 1, found \"3\"");
    }

    @Test
    void wrongTensorType() {
        SidecarBytes halves = SidecarBytes.valid()
                .tensor(MEM_Q, tensor -> new GgufTensor(MEM_Q, GgmlType.I16, tensor.ne(), tensor.data()))
                .firstEntry(entry -> entry.put("gguf_type", "I16"));
        finds(halves, FindingCode.TENSOR_TYPE, "tensor \"blk.0.mem_q\" at byte "
                + halves.gguf().tensors(MEM_Q).getFirst().typeOffset()
                + ": wrong tensor type: expected BF16, F16 or F32, found I16");
    }

    @Test
    void unknownTensors() {
        SidecarBytes unknown = SidecarBytes.valid().tensor(MEM_Q, tensor -> renamed(tensor, "blk.0.mem_\n"))
                .firstEntry(entry -> entry.put("name", "blk.0.mem_\n"));
        assertThat(messages(unknown)).containsExactly(
                "tensor \"blk.0.mem_\\u000a\" at byte " + unknown.gguf().tensors().getFirst().infoOffset()
                        + ": unknown tensor: expected blk.<layer>. and a tensor of the sidecar format, "
                        + "found another name",
                "tensor \"blk.0.mem_q\": required tensor missing: expected it beside the other tensors of layer 0, "
                        + "found none");
    }

    @Test
    void tensorsOfAnotherLayer() {
        SidecarBytes other = SidecarBytes.valid().set(SidecarKey.TARGET_LAYERS, "[0]")
                .config(config -> config.putArray("target_layers").add(0));
        assertThat(other.report().findings()).hasSize(31)
                .allSatisfy(finding -> assertThat(finding.code()).isEqualTo(FindingCode.TENSOR_LAYER));
        assertThat(messages(other)).first().isEqualTo("tensor \"blk.2.mem_q\" at byte "
                + other.gguf().tensors("blk.2.mem_q").getFirst().infoOffset()
                + ": tensor of a layer that is no target: expected one of the target layers [0], found layer 2");
    }
}
