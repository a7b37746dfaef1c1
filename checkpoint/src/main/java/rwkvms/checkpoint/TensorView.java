package rwkvms.checkpoint;

import java.util.Arrays;
import java.util.List;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * Makes tensors as views of their storage. They must lie within it and be row-major, as all but transposed tensors are.
 */
final class TensorView {
    private TensorView() {
    }

    static Tensor of(Storage storage, long offset, List<?> size, List<?> stride, int at) throws PickleException {
        long[] dims = integers(size, at);
        long[] steps = integers(stride, at);
        Shape shape = shape(dims, at);
        if (!isRowMajor(dims, steps)) {
            throw new PickleException(at, "row-major strides for size " + shape + ": save the tensor .contiguous()",
                    Arrays.toString(steps));
        }
        if (offset < 0 || offset > storage.count() - shape.count()) {
            throw new PickleException(at, "a tensor within the " + storage.count() + " elements of its storage",
                    shape.count() + " from " + offset);
        }
        long bytes = storage.dtype().bytes();
        return Tensor.view(storage.dtype(), shape, storage.bytes().asSlice(offset * bytes, shape.count() * bytes));
    }

    private static long[] integers(List<?> values, int at) throws PickleException {
        long[] integers = new long[values.size()];
        for (int i = 0; i < integers.length; i++) {
            if (!(values.get(i) instanceof Long value)) {
                throw new PickleException(at, "integers as size and stride", "something else");
            }
            integers[i] = value;
        }
        return integers;
    }

    private static Shape shape(long[] dims, int at) throws PickleException {
        try {
            return Shape.of(dims);
        } catch (IllegalArgumentException impossible) {
            throw (PickleException) new PickleException(at,
                    "sizes from 0 with at most " + Integer.MAX_VALUE + " values", Arrays.toString(dims))
                    .initCause(impossible);
        }
    }

    /** Whether the tensor is row-major as PyTorch sees it: the stride of an axis of one element does not count. */
    private static boolean isRowMajor(long[] dims, long[] strides) {
        if (dims.length != strides.length) {
            return false;
        }
        long step = 1;
        for (int axis = dims.length - 1; axis >= 0; axis--) {
            if (dims[axis] != 1 && strides[axis] != step) {
                return false;
            }
            step *= dims[axis];
        }
        return true;
    }
}
