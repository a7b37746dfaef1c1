package rwkvms.nativeruntime;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import rwkvms.runtime.RuntimeFailure;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;

/** The description of the tensor in a tap. */
record TapInfo(DType type, Shape shape) {
    private static final int MAX_DIMS = 8;
    private static final DType[] TYPES = {DType.FLOAT32, DType.INT64};

    /**
     * Reads a description; {@link RuntimeFailure} if it is not that of a tensor, for a library may return OK and fill
     * in nothing.
     */
    static TapInfo of(MemorySegment info, String call) {
        int type = Layouts.getInt(info, Layouts.TAP_INFO, "type");
        int axes = Layouts.getInt(info, Layouts.TAP_INFO, "n_dims");
        long bytes = Layouts.getLong(info, Layouts.TAP_INFO, "bytes");
        if (type >= 0 && type < TYPES.length && axes >= 0 && axes <= MAX_DIMS) {
            try {
                Shape shape = shape(info, axes);
                if ((long) shape.count() * TYPES[type].bytes() == bytes) {
                    return new TapInfo(TYPES[type], shape);
                }
            } catch (IllegalArgumentException e) {
                throw new RuntimeFailure(call + ": " + e.getMessage(), e);
            }
        }
        throw new RuntimeFailure(
                call + ": expected type 0 or 1, up to " + MAX_DIMS + " dimensions and the bytes of such a"
                        + " tensor, found type " + type + ", " + axes + " dimensions and " + bytes + " bytes");
    }

    private static Shape shape(MemorySegment info, int axes) {
        long[] dims = new long[axes];
        long offset = Layouts.TAP_INFO.byteOffset(PathElement.groupElement("dims"));
        for (int axis = 0; axis < axes; axis++) {
            dims[axis] = info.get(JAVA_LONG, offset + axis * JAVA_LONG.byteSize());
        }
        return Shape.of(dims);
    }

    long bytes() {
        return (long) shape.count() * type.bytes();
    }
}
