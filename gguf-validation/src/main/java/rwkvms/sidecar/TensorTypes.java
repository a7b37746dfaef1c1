package rwkvms.sidecar;

import java.util.Optional;
import rwkvms.gguf.GgmlType;
import rwkvms.tensor.DType;

/** The three tensor types that a sidecar can hold (sidecar.md), as types of PyTorch and of ggml. */
public final class TensorTypes {
    private TensorTypes() {
    }

    /** The PyTorch type of a ggml type; empty if no sidecar holds it. */
    public static Optional<DType> dtype(GgmlType type) {
        return switch (type) {
            case BF16 -> Optional.of(DType.BFLOAT16);
            case F16 -> Optional.of(DType.FLOAT16);
            case F32 -> Optional.of(DType.FLOAT32);
            default -> Optional.empty();
        };
    }

    public static Optional<GgmlType> ggml(DType type) {
        return switch (type) {
            case BFLOAT16 -> Optional.of(GgmlType.BF16);
            case FLOAT16 -> Optional.of(GgmlType.F16);
            case FLOAT32 -> Optional.of(GgmlType.F32);
            default -> Optional.empty();
        };
    }
}
