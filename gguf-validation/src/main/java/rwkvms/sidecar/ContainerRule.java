package rwkvms.sidecar;

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
 * The container as such: GGUF version 3, no name twice or longer than ggml takes, tensor data inside the file and without gaps (sidecar.md,
 * "Container"; llama-cpp.md, "GGUF reader").
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
            } catch (GgufException outside) {
                if (outside.fault() != GgufFault.TENSOR_TYPE) { // the concern of TensorTypeRule
                    findings.add(FindingCode.of(outside.fault()), outside.place(), outside.offset(),
                            outside.expected(), outside.found());
                }
            }
        }
    }
}
