package rwkvms.nativeruntime;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** Copies tensors to native memory and back. */
final class Native {
    /** The alignment of tensor data that ggml needs: that of its widest vector. */
    static final long ALIGNMENT = 64;

    private Native() {
    }

    static MemorySegment copy(Arena arena, Tensor tensor) {
        return arena.allocate(tensor.bytes().byteSize(), ALIGNMENT).copyFrom(tensor.bytes());
    }

    static Tensor floats(Shape shape, GuardedBuffer buffer) {
        return Tensor.view(DType.FLOAT32, shape, MemorySegment.ofArray(buffer.toBytes()));
    }
}
