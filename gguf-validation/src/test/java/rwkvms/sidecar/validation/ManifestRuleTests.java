package rwkvms.sidecar.validation;

import static org.assertj.core.api.Assertions.assertThat;
import static rwkvms.sidecar.validation.Expectations.finds;
import static rwkvms.sidecar.validation.Expectations.messages;
import static rwkvms.sidecar.validation.Expectations.shape;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import rwkvms.gguf.GgufTensor;
import rwkvms.sidecar.SidecarKey;

/** The embedded tensor manifest against tensors and payloads, word for word. */
class ManifestRuleTests {
    private static final String MEM_Q = "blk.0.mem_q";

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
                tensor -> new GgufTensor(tensor.name(), tensor.type(), tensor.ne(),
                        MemorySegment.ofArray(new byte[8])));
        var file = zero.gguf();
        Finding finding = zero.report().findings().getFirst();
        assertThat(zero.report().findings()).hasSize(1);
        assertThat(finding.place()).isEqualTo("manifest entry \"blk.2.rwkv.ln_x.bias\", sha256_raw");
        assertThat(finding.byteOffset()).isEqualTo(file.dataStart() + file.tensors().getLast().dataOffset());
        assertThat(finding.expected())
                .isEqualTo("\"af5570f5a1810b7af78caf4bc70a660f0df51e42baf91d4de5b2328de0e83dfc\"");
    }
}
