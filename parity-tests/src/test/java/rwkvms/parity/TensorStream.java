package rwkvms.parity;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;
import rwkvms.math.MathTensor;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** Tensors on their way to another process of this suite, bit for bit. */
final class TensorStream {
    private TensorStream() {
    }

    static void write(DataOutputStream out, TensorSet tensors) throws IOException {
        out.writeInt(tensors.names().size());
        for (MathTensor name : tensors.names()) {
            Tensor tensor = tensors.get(name);
            out.writeInt(name.ordinal());
            out.writeInt(tensor.dtype().ordinal());
            out.writeInt(tensor.shape().rank());
            for (long dim : tensor.shape().dims()) {
                out.writeLong(dim);
            }
            out.write(tensor.bytes().toArray(JAVA_BYTE));
        }
    }

    /** What {@link #write} wrote; EOFException if the writer has ended. */
    static TensorSet read(DataInputStream in) throws IOException {
        Map<MathTensor, Tensor> tensors = new EnumMap<>(MathTensor.class);
        for (int left = in.readInt(); left > 0; left--) {
            MathTensor name = MathTensor.values()[in.readInt()];
            DType dtype = DType.values()[in.readInt()];
            long[] dims = new long[in.readInt()];
            for (int axis = 0; axis < dims.length; axis++) {
                dims[axis] = in.readLong();
            }
            byte[] bytes = new byte[Math.multiplyExact(Shape.of(dims).count(), dtype.bytes())];
            in.readFully(bytes);
            tensors.put(name, Tensor.view(dtype, Shape.of(dims), MemorySegment.ofArray(bytes)));
        }
        return TensorSet.of(tensors);
    }
}
