package rwkvms.sidecar.validation;

import static org.assertj.core.api.Assertions.assertThat;
import static rwkvms.sidecar.validation.ReportAssertions.codes;
import static rwkvms.sidecar.validation.ReportAssertions.finds;
import static rwkvms.sidecar.validation.ReportAssertions.messages;
import static rwkvms.sidecar.validation.ReportAssertions.report;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import rwkvms.gguf.GgufTensorInfo;
import rwkvms.gguf.GgufValue;
import rwkvms.sidecar.SidecarKey;

/** Duplicates, names and data: every finding of the report, word for word. */
class ContainerRuleTests {
    private static final String MEM_Q = "blk.0.mem_q";

    @Test
    void duplicateTensorNames() {
        SidecarBytes twice = SidecarBytes.valid().tensor("blk.0.mem_k", tensor -> tensor.name(MEM_Q));
        List<GgufTensorInfo> both = twice.gguf().tensors(MEM_Q);
        assertThat(codes(twice)).containsExactly(FindingCode.DUPLICATE_TENSOR, FindingCode.TENSOR_MISSING,
                FindingCode.MANIFEST_UNKNOWN);
        assertThat(messages(twice)).containsExactly(
                "tensor \"blk.0.mem_q\" at byte " + both.getLast().infoOffset()
                        + ": duplicate tensor name: expected each name once, found it at byte "
                        + both.getFirst().infoOffset() + " already",
                "tensor \"blk.0.mem_k\": required tensor missing: expected it beside the other tensors of layer 0, "
                        + "found none",
                "manifest entry \"blk.0.mem_k\" at byte " + twice.at(SidecarKey.TENSOR_MANIFEST)
                        + ": manifest entry without its tensor: expected a tensor of that name, found none");
    }

    @Test
    void duplicateKeys() {
        SidecarBytes twice = SidecarBytes.valid().add("delta_mem.rank", GgufValue.u32(5));
        var entries = twice.gguf().entries("delta_mem.rank");
        finds(twice, FindingCode.DUPLICATE_KEY, "key \"delta_mem.rank\" at byte " + entries.getLast().keyOffset()
                + ": duplicate key: expected each key once, found it at byte " + entries.getFirst().keyOffset()
                + " already");
    }

    @Test
    void longTensorNames() {
        String name = "ä".repeat(32);
        SidecarBytes longName = SidecarBytes.valid().tensor(MEM_Q, tensor -> tensor.name(name));
        assertThat(longName.report().of(FindingCode.TENSOR_NAME)).extracting(Finding::message)
                .containsExactly("tensor \"" + name + "\" at byte "
                        + longName.gguf().tensors().getFirst().infoOffset()
                        + ": tensor name too long: expected at most 63 bytes, found 64");
        assertThat(SidecarBytes.valid().tensor(MEM_Q, tensor -> tensor.name("x".repeat(63))).report()
                .of(FindingCode.TENSOR_NAME)).isEmpty();
    }

    @Test
    void tensorDataOutsideTheFile() {
        byte[] whole = SidecarBytes.valid().bytes();
        byte[] cut = Arrays.copyOf(whole, whole.length - 32);
        List<Finding> findings = report(cut).findings();
        GgufTensorInfo last = SidecarBytes.valid().gguf().tensors().getLast();
        assertThat(findings).extracting(Finding::message).containsExactly("tensor \"blk.2.rwkv.ln_x.bias\" at byte "
                + last.dataOffsetOffset() + ": tensor data outside the file: expected its 8 bytes within the "
                + last.dataOffset() + " of tensor data, found offset " + last.dataOffset());
    }

    @Test
    void everyByteCutFromThePaddingOfTheLastTensorIsMissed() {
        byte[] whole = SidecarBytes.valid().bytes();
        for (int cut = 1; cut <= 24; cut++) {
            int size = whole.length - cut;
            assertThat(report(Arrays.copyOf(whole, size)).findings()).extracting(Finding::message)
                    .containsExactly("file at byte " + size + ": the file does not end with its tensor data: expected "
                            + whole.length + " bytes, the padded end of the last tensor, found " + size);
        }
    }

    @Test
    void bytesBehindTheLastTensor() {
        byte[] whole = SidecarBytes.valid().bytes();
        assertThat(report(Arrays.copyOf(whole, whole.length + 1)).findings()).extracting(Finding::message)
                .containsExactly("file at byte " + whole.length
                        + ": the file does not end with its tensor data: expected " + whole.length
                        + " bytes, the padded end of the last tensor, found " + (whole.length + 1));
    }

    @Test
    void paddingThatIsNotZero() {
        byte[] changed = SidecarBytes.valid().bytes();
        changed[changed.length - 1] = (byte) 0x80;
        assertThat(report(changed).findings()).extracting(Finding::message)
                .containsExactly("tensor \"blk.2.rwkv.ln_x.bias\" at byte " + (changed.length - 1)
                        + ": padding is not zero: expected 0, found 128");
    }

    @Test
    void tensorDataWithGaps() {
        SidecarBytes sidecar = SidecarBytes.valid();
        GgufTensorInfo last = sidecar.gguf().tensors().getLast();
        byte[] bytes = sidecar.bytes();
        int field = (int) last.dataOffsetOffset();
        bytes[field] = (byte) (bytes[field] ^ 32);
        assertThat(report(bytes).findings()).extracting(Finding::message).startsWith(
                "tensor \"blk.2.rwkv.ln_x.bias\" at byte " + last.dataOffsetOffset()
                        + ": tensor data not contiguous: expected offset " + last.dataOffset() + ", found "
                        + (last.dataOffset() ^ 32));
    }

    @Test
    void impossibleTensorSize() {
        SidecarBytes sidecar = SidecarBytes.valid();
        GgufTensorInfo first = sidecar.gguf().tensors().getFirst();
        byte[] bytes = sidecar.bytes();
        bytes[(int) first.neOffset() + 7] = (byte) 0x80;
        assertThat(report(bytes).findings()).extracting(Finding::message).startsWith("tensor \"blk.0.mem_q\" at byte "
                + first.neOffset() + ": impossible tensor size: expected dimensions of whole BF16 blocks whose size "
                + "fits 63 bits, found ne [-9223372036854775801, 4]");
    }

    @Test
    void containerVersion2() {
        byte[] bytes = SidecarBytes.valid().bytes();
        bytes[4] = 2;
        assertThat(report(bytes).findings()).extracting(Finding::message)
                .containsExactly("version at byte 4: wrong GGUF version for a sidecar: expected 3, found 2");
    }
}
