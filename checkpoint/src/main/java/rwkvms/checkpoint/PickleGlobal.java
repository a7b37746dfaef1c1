package rwkvms.checkpoint;

import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rwkvms.tensor.DType;

/** The only names of Python that a checkpoint may use, and what this reader takes them for. It runs none of them. */
enum PickleGlobal {
    ORDERED_DICT("collections", "OrderedDict", null),
    REBUILD_TENSOR("torch._utils", "_rebuild_tensor_v2", null),
    REBUILD_PARAMETER("torch._utils", "_rebuild_parameter", null),
    BFLOAT16_STORAGE("torch", "BFloat16Storage", DType.BFLOAT16),
    HALF_STORAGE("torch", "HalfStorage", DType.FLOAT16),
    FLOAT_STORAGE("torch", "FloatStorage", DType.FLOAT32);

    private final String module;
    private final String name;
    private final @Nullable DType dtype;

    PickleGlobal(String module, String name, @Nullable DType dtype) {
        this.module = module;
        this.name = name;
        this.dtype = dtype;
    }

    /** Type of a storage's elements; empty for the other names. */
    Optional<DType> dtype() {
        return Optional.ofNullable(dtype);
    }

    static Optional<PickleGlobal> of(String module, String name) {
        return Arrays.stream(values()).filter(global -> global.module.equals(module) && global.name.equals(name))
                .findFirst();
    }

    /** What to save instead of the object behind an unknown name; empty if nobody can know. */
    static String advice(String module, String name) {
        if (module.equals("numpy") || module.startsWith("numpy.")) {
            return ": save torch.from_numpy(array) in the array's place";
        }
        if (module.equals("torch") && name.endsWith("Storage")) {
            return ": save tensor.float(), or another of bfloat16, float16 and float32";
        }
        boolean rebuilt = module.equals("torch._utils") && name.startsWith("_rebuild_");
        if (rebuilt || module.equals("torch._tensor")) {
            return ": save a plain tensor, such as tensor.detach().cpu().to_dense().clone()";
        }
        if (module.equals("__main__") || module.startsWith("torch.nn.")) {
            return ": save model.state_dict() and not the model";
        }
        return "";
    }

    @Override
    public String toString() {
        return module + "." + name;
    }
}
