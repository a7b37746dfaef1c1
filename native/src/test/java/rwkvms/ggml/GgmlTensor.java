package rwkvms.ggml;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

import rwkvms.gguf.GgmlType;

/**
 * A dense tensor of a graph, {@code ne0} values in each of {@code ne1} rows (ggml order). Values are set and got once the
 * graph is allocated and until it is closed, always the whole tensor.
 */
public final class GgmlTensor {
    private final GgmlGraph graph;
    private final MemorySegment handle;
    private final GgmlType type;
    private final long ne0;
    private final long ne1;

    GgmlTensor(GgmlGraph graph, MemorySegment handle, GgmlType type, long ne0, long ne1) {
        this.graph = graph;
        this.handle = handle;
        this.type = type;
        this.ne0 = ne0;
        this.ne1 = ne1;
    }

    public GgmlType type() {
        return type;
    }

    public long ne0() {
        return ne0;
    }

    public long ne1() {
        return ne1;
    }

    /** Bytes of the values. */
    public long bytes() {
        return ne0 * ne1 * type.blockBytes();
    }

    GgmlGraph graph() {
        return graph;
    }

    MemorySegment handle() {
        return handle;
    }

    /** Sets the values; {@link IllegalArgumentException} unless there are exactly {@link #bytes()}. */
    public void set(MemorySegment values) {
        requireLength(values.byteSize());
        graph.requireAllocated();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = values.isNative() ? values : arena.allocate(bytes()).copyFrom(values);
            Libraries.call(graph.ggml().libraries().action("ggml_backend_tensor_set", ADDRESS, ADDRESS, JAVA_LONG,
                    JAVA_LONG), handle, data, 0L, bytes());
        }
    }

    /** Sets the values of an F32 tensor. */
    public void set(float... values) {
        requireF32();
        set(MemorySegment.ofArray(values));
    }

    /** A copy of the values. */
    public byte[] toBytes() {
        graph.requireAllocated();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(bytes());
            Libraries.call(graph.ggml().libraries().action("ggml_backend_tensor_get", ADDRESS, ADDRESS, JAVA_LONG,
                    JAVA_LONG), handle, data, 0L, bytes());
            return data.toArray(JAVA_BYTE);
        }
    }

    /** A copy of the values of an F32 tensor. */
    public float[] toFloats() {
        requireF32();
        float[] values = new float[Math.toIntExact(ne0 * ne1)];
        MemorySegment.copy(MemorySegment.ofArray(toBytes()), JAVA_FLOAT.withByteAlignment(1), 0, values, 0,
                values.length);
        return values;
    }

    private void requireLength(long length) {
        if (length != bytes()) {
            throw new IllegalArgumentException(this + ": expected " + bytes() + " bytes, found " + length);
        }
    }

    private void requireF32() {
        if (type != GgmlType.F32) {
            throw new IllegalArgumentException(this + ": expected type F32");
        }
    }

    @Override
    public String toString() {
        return "tensor " + type + "[" + ne0 + ", " + ne1 + "]";
    }
}
