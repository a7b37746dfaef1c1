package rwkvms.ggml;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

import rwkvms.gguf.GgmlType;

/**
 * A dense tensor of a graph, {@code ne0} values in each of {@code ne1} rows (ggml order). Values are set and got once the
 * graph is allocated and until it is closed, always the whole tensor.
 */
public record GgmlTensor(Libraries libraries, MemorySegment handle, GgmlType type, long ne0, long ne1) {
    /** Sets all values. */
    public void set(MemorySegment values) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(values.byteSize()).copyFrom(values);
            Libraries.call(libraries.action("ggml_backend_tensor_set", ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG), handle,
                    data, 0L, data.byteSize());
        }
    }

    /** Sets the values of an F32 tensor. */
    public void set(float... values) {
        set(MemorySegment.ofArray(values));
    }

    /** A copy of the values of an F32 tensor. */
    public float[] toFloats() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(JAVA_FLOAT, ne0 * ne1);
            Libraries.call(libraries.action("ggml_backend_tensor_get", ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG), handle,
                    data, 0L, data.byteSize());
            return data.toArray(JAVA_FLOAT);
        }
    }
}
