package rwkvms.sidecar.validation;

import static org.assertj.core.api.Assertions.assertThat;
import static rwkvms.sidecar.validation.ReportAssertions.codes;
import static rwkvms.sidecar.validation.ReportAssertions.finds;
import static rwkvms.sidecar.validation.ReportAssertions.messages;
import static rwkvms.sidecar.validation.ReportAssertions.shape;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import rwkvms.gguf.GgmlType;
import rwkvms.sidecar.SidecarKey;
import rwkvms.sidecar.testing.SidecarSizes;

/** The tensors, their types and shapes, and the embedded manifest of them: every finding of the report, word for word. */
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
        SidecarBytes transposed = SidecarBytes.valid().tensor(MEM_Q, tensor -> tensor.ne(4L, 7L));
        long ne = transposed.gguf().tensors(MEM_Q).getFirst().neOffset();
        assertThat(messages(transposed)).containsExactly(
                "tensor \"blk.0.mem_q\" at byte " + ne
                        + ": transposed ggml shape: expected ne [7, 4], found ne [4, 7]",
                "manifest entry \"blk.0.mem_q\", shape at byte " + transposed.at(SidecarKey.TENSOR_MANIFEST)
                        + ": manifest contradicts its tensor: expected [7,4], found [4,7]");
    }

    @Test
    void wrongShape() {
        SidecarBytes flat = SidecarBytes.valid().tensor(MEM_Q, tensor -> tensor.ne(14L, 2L))
                .firstEntry(entry -> shape(entry, 2, 14));
        finds(flat, FindingCode.TENSOR_SHAPE, "tensor \"blk.0.mem_q\" at byte "
                + flat.gguf().tensors(MEM_Q).getFirst().neOffset()
                + ": wrong ggml shape: expected ne [7, 4], found ne [14, 2]");
        assertThat(codes(SidecarBytes.valid().tensor(MEM_Q, tensor -> tensor.ne(28L))
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
                .tensor(MEM_Q, tensor -> tensor.type = GgmlType.I16.id())
                .firstEntry(entry -> entry.put("gguf_type", "I16"));
        finds(halves, FindingCode.TENSOR_TYPE, "tensor \"blk.0.mem_q\" at byte "
                + halves.gguf().tensors(MEM_Q).getFirst().typeOffset()
                + ": wrong tensor type: expected BF16, F16 or F32, found I16");
    }

    @Test
    void unknownTensors() {
        SidecarBytes unknown = SidecarBytes.valid().tensor(MEM_Q, tensor -> tensor.name("blk.0.mem_\n"))
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

    @Test
    void manifestEntries() {
        manifest(entry -> entry.put("source_name", "x"), "\"blk.0.mem_q\", source_name",
                "expected \"model.language_model.layers.0.self_attn.memory_q_proj\", found \"x\"");
        manifest(entry -> entry.put("gguf_type", "F16"), "\"blk.0.mem_q\", gguf_type",
                "expected \"BF16\", found \"F16\"");
        manifest(entry -> entry.put("numel", 28.0), "\"blk.0.mem_q\", numel", "expected 28, found 28.0");
        manifest(entry -> entry.remove("bytes"), "\"blk.0.mem_q\", bytes", "expected 56, found none");
        manifest(entry -> shape(entry, 7, 4), "\"blk.0.mem_q\", shape", "expected [4,7], found [7,4]");
    }

    private static void manifest(Consumer<ObjectNode> edit, String place, String expected) {
        SidecarBytes other = SidecarBytes.valid().firstEntry(edit);
        finds(other, FindingCode.MANIFEST_CONTRADICTS, "manifest entry " + place + " at byte "
                + other.at(SidecarKey.TENSOR_MANIFEST) + ": manifest contradicts its tensor: " + expected);
    }

    @Test
    void manifestEntriesWithoutTensorsAndTheOtherWayRound() {
        SidecarBytes renamed = SidecarBytes.valid().firstEntry(entry -> entry.put("name", "x"));
        assertThat(messages(renamed)).containsExactly(
                "tensor \"blk.0.mem_q\" at byte " + renamed.gguf().tensors(MEM_Q).getFirst().infoOffset()
                        + ": tensor without a manifest entry: expected an entry in delta_mem.tensor_manifest_json, "
                        + "found none",
                "manifest entry \"x\" at byte " + renamed.at(SidecarKey.TENSOR_MANIFEST)
                        + ": manifest entry without its tensor: expected a tensor of that name, found none");
        SidecarBytes twice = SidecarBytes.valid().edit(SidecarKey.TENSOR_MANIFEST,
                manifest -> ((ArrayNode) manifest).add(manifest.get(0)));
        finds(twice, FindingCode.MANIFEST_CONTRADICTS, "manifest entry \"blk.0.mem_q\" at byte "
                + twice.at(SidecarKey.TENSOR_MANIFEST)
                + ": manifest contradicts its tensor: expected one entry of that name, found another");
    }

    @Test
    void payloadThatDiffersFromTheManifest() {
        SidecarBytes zero = SidecarBytes.valid().tensor("blk.2.rwkv.ln_x.bias",
                tensor -> tensor.data = new byte[8]);
        var file = zero.gguf();
        Finding finding = zero.report().findings().getFirst();
        assertThat(zero.report().findings()).hasSize(1);
        assertThat(finding.place()).isEqualTo("manifest entry \"blk.2.rwkv.ln_x.bias\", sha256_raw");
        assertThat(finding.byteOffset()).isEqualTo(file.dataStart() + file.tensors().getLast().dataOffset());
        assertThat(finding.expected())
                .isEqualTo("\"af5570f5a1810b7af78caf4bc70a660f0df51e42baf91d4de5b2328de0e83dfc\"");
    }
}
