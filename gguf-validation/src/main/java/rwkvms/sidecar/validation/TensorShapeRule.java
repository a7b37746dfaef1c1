package rwkvms.sidecar.validation;

import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import rwkvms.gguf.Rulings;
import rwkvms.sidecar.LayerSizes;
import rwkvms.sidecar.NamedTensor;
import rwkvms.sidecar.SidecarFile;

/**
 * Every tensor has its shape in ggml order, innermost dimension first; one with the same numbers in PyTorch order is
 * reported as transposed. A size that the file does not have elsewhere may be any from 1.
 */
final class TensorShapeRule implements SidecarRule {
    @Override
    public void check(SidecarFile file, Findings findings) {
        LayerSizes sizes = LayerSizes.of(file);
        for (NamedTensor tensor : file.tensors()) {
            tensor.ref().ifPresent(ref -> {
                List<OptionalLong> expected = sizes.shape(ref.layer(), ref.tensor()).reversed();
                List<Long> ne = tensor.info().ne();
                if (!matches(expected, ne)) {
                    FindingCode code = matches(expected, ne.reversed())
                            ? FindingCode.TENSOR_TRANSPOSED
                            : FindingCode.TENSOR_SHAPE;
                    findings.add(code, tensor.place(), tensor.info().neOffset(), "ne " + shown(expected),
                            "ne " + ne);
                } else if (tensor.info().count().orElse(0) > Integer.MAX_VALUE) {
                    findings.add(new Finding(FindingCode.TENSOR_SIZE, tensor.place(), tensor.info().neOffset(),
                            "at most " + Integer.MAX_VALUE + " values", "ne " + ne, Rulings.NONE));
                }
            });
        }
    }

    private static boolean matches(List<OptionalLong> expected, List<Long> ne) {
        return ne.size() == expected.size() && IntStream.range(0, ne.size()).allMatch(axis -> {
            long found = ne.get(axis);
            return found >= 1 && expected.get(axis).orElse(found) == found;
        });
    }

    private static String shown(List<OptionalLong> shape) {
        return shape.stream().map(size -> size.isPresent() ? "" + size.getAsLong() : "?")
                .collect(Collectors.joining(", ", "[", "]"));
    }
}
