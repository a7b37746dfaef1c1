package rwkvms.checkpoint;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rwkvms.fixtures.DType;

/** The only names of Python that a checkpoint may use, and what this reader takes them for: nothing of them is run. */
enum PickleGlobal {
    ORDERED_DICT("collections", "OrderedDict", null),
    REBUILD_TENSOR("torch._utils", "_rebuild_tensor_v2", null),
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

    /** Type of a storage's elements; empty for what is no storage. */
    Optional<DType> dtype() {
        return Optional.ofNullable(dtype);
    }

    static Optional<PickleGlobal> of(String module, String name) {
        for (PickleGlobal global : values()) {
            if (global.module.equals(module) && global.name.equals(name)) {
                return Optional.of(global);
            }
        }
        return Optional.empty();
    }

    @Override
    public String toString() {
        return module + "." + name;
    }
}
