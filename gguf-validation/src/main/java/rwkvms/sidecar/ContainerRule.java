package rwkvms.sidecar;

import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import rwkvms.gguf.GgufEntry;
import rwkvms.gguf.GgufException;
import rwkvms.gguf.GgufFault;
import rwkvms.gguf.GgufFile;
import rwkvms.gguf.GgufLimits;
import rwkvms.gguf.GgufTensorInfo;
import rwkvms.gguf.Quoted;

/**
 * The container as such: GGUF version 3, no name twice or longer than ggml takes, tensor data inside the file, without
 * gaps, padded with zeros and with nothing behind it (sidecar.md, "Container"; llama-cpp.md, "GGUF reader").
 */
final class ContainerRule implements SidecarRule {
    private static final int VERSION = 3;
    private static final long VERSION_OFFSET = 4;

    @Override
    public void check(SidecarFile file, Findings findings) {
        GgufFile gguf = file.gguf();
        if (gguf.version() != VERSION) {
            findings.add(FindingCode.CONTAINER_VERSION, "version", VERSION_OFFSET, "" + VERSION,
                    "" + gguf.version());
        }
        keys(gguf, findings);
        names(file, findings);
        data(file, findings);
    }

    private static void keys(GgufFile gguf, Findings findings) {
        Map<String, Long> firsts = new HashMap<>();
        for (GgufEntry entry : gguf.entries()) {
            Long first = firsts.putIfAbsent(entry.key(), entry.keyOffset());
            if (first != null) {
                findings.add(FindingCode.DUPLICATE_KEY, "key " + Quoted.of(entry.key()), entry.keyOffset(),
                        "each key once", "it at byte " + first + " already");
            }
        }
    }

    private static void names(SidecarFile file, Findings findings) {
        Map<String, Long> firsts = new HashMap<>();
        for (NamedTensor tensor : file.tensors()) {
            GgufTensorInfo info = tensor.info();
            int length = info.name().getBytes(StandardCharsets.UTF_8).length;
            if (length > GgufLimits.MAX_TENSOR_NAME_BYTES) {
                findings.add(FindingCode.TENSOR_NAME, tensor.place(), info.infoOffset(),
                        "at most " + GgufLimits.MAX_TENSOR_NAME_BYTES + " bytes", "" + length);
            }
            Long first = firsts.putIfAbsent(info.name(), info.infoOffset());
            if (first != null) {
                findings.add(FindingCode.DUPLICATE_TENSOR, tensor.place(), info.infoOffset(), "each name once",
                        "it at byte " + first + " already");
            }
        }
    }

    private static void data(SidecarFile file, Findings findings) {
        GgufFile gguf = file.gguf();
        OptionalLong next = OptionalLong.of(0);
        for (NamedTensor tensor : file.tensors()) {
            GgufTensorInfo info = tensor.info();
            if (next.isPresent() && info.dataOffset() != next.getAsLong()) {
                findings.add(FindingCode.TENSOR_OFFSET, tensor.place(), info.dataOffsetOffset(),
                        "offset " + next.getAsLong(), Long.toUnsignedString(info.dataOffset()));
            }
            next = OptionalLong.empty();
            try {
                long end = info.dataOffset() + gguf.data(info).byteSize();
                next = OptionalLong.of((end + gguf.alignment() - 1) & -gguf.alignment());
                padding(gguf, tensor.place(), gguf.dataStart() + end, gguf.dataStart() + next.getAsLong(), findings);
            } catch (GgufException outside) {
                if (outside.fault() != GgufFault.TENSOR_TYPE) { // the concern of TensorTypeRule
                    findings.add(FindingCode.of(outside.fault()), outside.place(), outside.offset(),
                            outside.expected(), outside.found());
                }
            }
        }
        if (next.isPresent()) {
            long size = gguf.dataStart() + next.getAsLong();
            if (gguf.bytes().byteSize() != size) {
                findings.add(FindingCode.FILE_SIZE, "file", Math.min(size, gguf.bytes().byteSize()),
                        size + " bytes, the padded end of the last tensor", "" + gguf.bytes().byteSize());
            }
        }
    }

    /** The bytes between a tensor and the next are zero; where the file ends before, FILE_SIZE says so. */
    private static void padding(GgufFile gguf, String place, long from, long to, Findings findings) {
        for (long at = from; at < Math.min(to, gguf.bytes().byteSize()); at++) {
            byte found = gguf.bytes().get(ValueLayout.JAVA_BYTE, at);
            if (found != 0) {
                findings.add(FindingCode.PADDING, place, at, "0", "" + Byte.toUnsignedInt(found));
                return;
            }
        }
    }
}
