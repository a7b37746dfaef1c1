package rwkvms.sidecar.validation;

import java.util.OptionalLong;
import java.util.function.Function;
import rwkvms.gguf.GgufTensorInfo;
import rwkvms.sidecar.NamedTensor;
import rwkvms.sidecar.SidecarFile;
import rwkvms.sidecar.SidecarKey;

/** {@code tensor_count}, {@code total_numel} and {@code total_bytes} are those of the tensors in the file. */
final class TotalsRule implements SidecarRule {
    @Override
    public void check(SidecarFile file, Findings findings) {
        compare(FindingCode.TENSOR_COUNT, SidecarKey.TENSOR_COUNT, OptionalLong.of(file.tensors().size()), file,
                findings);
        compare(FindingCode.TOTAL_NUMEL, SidecarKey.TOTAL_NUMEL, sum(file, GgufTensorInfo::count), file, findings);
        compare(FindingCode.TOTAL_BYTES, SidecarKey.TOTAL_BYTES, sum(file, GgufTensorInfo::byteSize), file,
                findings);
    }

    private static void compare(FindingCode code, SidecarKey key, OptionalLong actual, SidecarFile file,
            Findings findings) {
        OptionalLong stated = file.integer(key);
        if (stated.isPresent() && actual.isPresent() && stated.getAsLong() != actual.getAsLong()) {
            findings.add(code, file, key, "" + actual.getAsLong(), Long.toUnsignedString(stated.getAsLong()));
        }
    }

    /** The sum; empty if a tensor has no such number or the sum overflows, which other findings report. */
    private static OptionalLong sum(SidecarFile file, Function<GgufTensorInfo, OptionalLong> number) {
        long sum = 0;
        for (NamedTensor tensor : file.tensors()) {
            OptionalLong value = number.apply(tensor.info());
            if (value.isEmpty() || sum > Long.MAX_VALUE - value.getAsLong()) {
                return OptionalLong.empty();
            }
            sum += value.getAsLong();
        }
        return OptionalLong.of(sum);
    }
}
