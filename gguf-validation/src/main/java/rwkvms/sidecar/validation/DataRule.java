package rwkvms.sidecar.validation;

import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.OptionalLong;
import rwkvms.gguf.GgmlSize;
import rwkvms.gguf.GgufException;
import rwkvms.gguf.GgufFault;
import rwkvms.gguf.GgufFile;
import rwkvms.gguf.GgufProblem;
import rwkvms.gguf.GgufTensorInfo;
import rwkvms.gguf.Ruling;
import rwkvms.gguf.Rulings;
import rwkvms.sidecar.NamedTensor;
import rwkvms.sidecar.SidecarFile;

/**
 * Tensor data has possible sizes, lies in the file without gaps, is padded with zeros and has nothing behind it
 * (sidecar.md, "Container"; llama-cpp.md, "GGUF reader"). Offsets are added in 64 bits, as ggml adds them.
 */
final class DataRule implements SidecarRule {
    @Override
    public void check(SidecarFile file, Findings findings) {
        GgufFile gguf = file.gguf();
        long size = gguf.bytes().byteSize();
        if (!gguf.tensors().isEmpty() && size < gguf.dataStart()) {
            findings.add(FindingCode.DATA_START, "file", size, "tensor data from byte " + gguf.dataStart(),
                    size + " bytes");
        }
        padding(gguf, "header", gguf.infoEnd(), gguf.dataStart(), findings);
        OptionalLong next = OptionalLong.of(0);
        boolean inside = true;
        for (NamedTensor tensor : file.tensors()) {
            dimensions(tensor, findings);
            offset(gguf, tensor, next, findings);
            inside = isInside(gguf, tensor.info(), findings);
            next = next(gguf, tensor, inside ? OptionalLong.of(tensor.info().dataOffset()) : next, findings);
            if (inside && next.isPresent()) {
                long end = gguf.dataStart() + tensor.info().dataOffset() + tensor.info().byteSize().orElseThrow();
                padding(gguf, tensor.place(), end, gguf.dataStart() + next.getAsLong(), findings);
            }
        }
        if (inside && next.isPresent() && size != gguf.dataStart() + next.getAsLong()) {
            long end = gguf.dataStart() + next.getAsLong();
            findings.add(new Finding(FindingCode.FILE_SIZE, "file", Math.min(end, size),
                    end + " bytes, the padded end of the last tensor", "" + size,
                    new Rulings(Ruling.TAKES, size < end ? Ruling.REFUSES_DATA : Ruling.TAKES)));
        }
    }

    private static void dimensions(NamedTensor tensor, Findings findings) {
        List<Long> ne = tensor.info().ne();
        if (ne.isEmpty()) {
            findings.add(FindingCode.NO_DIMENSIONS, tensor.place(), tensor.info().neOffset(), "1 to 4", "0");
        }
        int zero = ne.indexOf(0L);
        if (zero >= 0) {
            findings.add(FindingCode.ZERO_DIMENSION, tensor.place(),
                    tensor.info().neOffset() + (long) zero * Long.BYTES, "dimensions from 1", "ne " + ne);
        }
    }

    private static void offset(GgufFile gguf, NamedTensor tensor, OptionalLong next, Findings findings) {
        long offset = tensor.info().dataOffset();
        if (next.isPresent() && offset != next.getAsLong()) {
            Ruling ruling = Long.remainderUnsigned(offset, gguf.alignment()) == 0 ? Ruling.TAKES : Ruling.REFUSES;
            findings.add(new Finding(FindingCode.TENSOR_OFFSET, tensor.place(), tensor.info().dataOffsetOffset(),
                    "offset " + Long.toUnsignedString(next.getAsLong()), Long.toUnsignedString(offset),
                    new Rulings(ruling, Ruling.REFUSES)));
        }
    }

    /** Whether the tensor's data lies in the file; reports it otherwise. */
    private static boolean isInside(GgufFile gguf, GgufTensorInfo info, Findings findings) {
        try {
            gguf.data(info);
            return true;
        } catch (GgufException outside) {
            GgufProblem problem = outside.problem();
            if (problem.fault() == GgufFault.TENSOR_SIZE) {
                GgmlSize size = GgmlSize.of(info);
                Ruling data = ggmlReads(gguf, info, size.bytes()) ? Ruling.TAKES : Ruling.REFUSES_DATA;
                Ruling ggml = size.refused() ? Ruling.REFUSES : data;
                findings.add(new Finding(FindingCode.TENSOR_SIZE, problem.place(), problem.offset(),
                        problem.expected(), problem.found(), new Rulings(Ruling.REFUSES, ggml)));
            } else if (problem.fault() == GgufFault.TENSOR_DATA) { // an unknown type is TensorTypeRule's concern
                findings.add(Finding.of(problem));
            }
            return false;
        }
    }

    /** Whether the file holds as many bytes as ggml computes for the tensor, which may have wrapped around to 0. */
    private static boolean ggmlReads(GgufFile gguf, GgufTensorInfo info, long bytes) {
        long available = gguf.bytes().byteSize() - gguf.dataStart() - info.dataOffset();
        return info.dataOffset() >= 0 && available >= 0 && Long.compareUnsigned(bytes, available) <= 0;
    }

    /**
     * The offset at which the next tensor must begin; empty if ggml cannot add that up, which is reported unless another
     * rule does.
     */
    private static OptionalLong next(GgufFile gguf, NamedTensor tensor, OptionalLong offset, Findings findings) {
        GgufTensorInfo info = tensor.info();
        GgmlSize size = GgmlSize.of(info);
        OptionalLong next = size.refused() || offset.isEmpty()
                ? OptionalLong.empty()
                : GgmlSize.next(offset.getAsLong(), size.bytes(), gguf.alignment());
        boolean refused = size.refused() || (offset.isPresent() && next.isEmpty());
        if (refused && info.byteSize().isPresent()) {
            findings.add(new Finding(FindingCode.TENSOR_SIZE, tensor.place(), info.neOffset(),
                    "sizes that ggml can add up in 64 bits", "ne " + info.ne(), Rulings.BOTH));
        }
        return next;
    }

    /** Bytes that nothing uses must be zero; a file that ends before them has another finding. */
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
