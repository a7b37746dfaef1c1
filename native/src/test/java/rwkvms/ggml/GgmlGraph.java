package rwkvms.ggml;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Set;

import rwkvms.gguf.GgmlType;

/**
 * A graph of matrix products: built, then allocated, then computed any number of times. Products are computed in the order
 * in which they were added. Nothing but {@link #close} is called on it after a failure.
 */
public final class GgmlGraph implements AutoCloseable {
    /** The largest tensor, so that a mistaken dimension is refused and not allocated. */
    public static final long MAX_TENSOR_BYTES = 1L << 30;
    /** The most tensors of one graph, so that the bytes of a context fit whatever is asked for. */
    public static final int MAX_TENSORS = 1 << 16;

    private static final Set<GgmlType> TYPES = Set.of(GgmlType.F32, GgmlType.F16, GgmlType.BF16);
    private static final boolean WITHOUT_GRADIENTS = false;

    private final GgmlBackend backend;
    private final Libraries libraries;
    private final int capacity;
    private final MemorySegment context;
    private final MemorySegment graph;
    private final MethodHandle compute;
    private int tensors;
    private int nodes;
    private MemorySegment buffer = MemorySegment.NULL;
    private MemorySegment plan = MemorySegment.NULL;
    private boolean closed;

    /** @param capacity the most tensors, inputs and results together */
    public GgmlGraph(GgmlBackend backend, int capacity) {
        if (capacity < 1 || capacity > MAX_TENSORS) {
            throw new IllegalArgumentException(
                    "graph: expected a capacity of 1 to " + MAX_TENSORS + " tensors, found " + capacity);
        }
        this.backend = backend;
        this.libraries = backend.ggml().libraries();
        this.capacity = capacity;
        this.compute = libraries.integer("ggml_backend_graph_plan_compute", ADDRESS, ADDRESS);
        long graphBytes = (long) Libraries.call(libraries.of("ggml_graph_overhead_custom",
                FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_BOOLEAN)), (long) capacity, WITHOUT_GRADIENTS);
        backend.requireOpen();
        this.context = backend.ggml().newContext(capacity * backend.ggml().tensorOverhead() + graphBytes);
        this.graph = Libraries.callPointer(
                libraries.pointer("ggml_new_graph_custom", ADDRESS, JAVA_LONG, JAVA_BOOLEAN), context, (long) capacity,
                WITHOUT_GRADIENTS);
        backend.graphOpened();
    }

    /** An input of {@code ne1} rows of {@code ne0} values; F32, F16 or BF16. */
    public GgmlTensor input(GgmlType type, long ne0, long ne1) {
        requireShape(type, ne0, ne1);
        reserve();
        return new GgmlTensor(this,
                Libraries.callPointer(
                        libraries.pointer("ggml_new_tensor_2d", ADDRESS, JAVA_INT, JAVA_LONG, JAVA_LONG), context,
                        type.id(), ne0, ne1),
                type, ne0, ne1);
    }

    /**
     * {@code W x}: F32 [W.ne1, x.ne1] of a weight W [K, out] of any type and an F32 x [K, T]. With a BF16 weight ggml rounds
     * x to BF16 first.
     */
    public GgmlTensor mulMat(GgmlTensor weight, GgmlTensor x) {
        requireMine(weight);
        requireMine(x);
        if (weight.ne0() != x.ne0() || x.type() != GgmlType.F32) {
            throw new IllegalArgumentException(
                    "mul_mat of " + weight + ": expected a tensor F32[" + weight.ne0() + ", T], found " + x);
        }
        requireShape(GgmlType.F32, weight.ne1(), x.ne1());
        reserve();
        MemorySegment product = Libraries.callPointer(libraries.pointer("ggml_mul_mat", ADDRESS, ADDRESS, ADDRESS),
                context, weight.handle(), x.handle());
        return node(new GgmlTensor(this, product, GgmlType.F32, weight.ne1(), x.ne1()));
    }

    /** The same values in another type. */
    public GgmlTensor cast(GgmlTensor from, GgmlType to) {
        requireMine(from);
        requireShape(to, from.ne0(), from.ne1());
        reserve();
        MemorySegment cast = Libraries.callPointer(libraries.pointer("ggml_cast", ADDRESS, ADDRESS, JAVA_INT), context,
                from.handle(), to.id());
        return node(new GgmlTensor(this, cast, to, from.ne0(), from.ne1()));
    }

    private GgmlTensor node(GgmlTensor result) {
        Libraries.call(libraries.action("ggml_build_forward_expand", ADDRESS, ADDRESS), graph, result.handle());
        nodes++;
        return result;
    }

    /** Gives every tensor its memory and plans the run; nothing is added afterwards. */
    public void allocate() {
        requireBuilding();
        if (nodes == 0) {
            throw new IllegalStateException("graph: expected at least one product or cast, found none");
        }
        buffer = Libraries.callPointer(libraries.pointer("ggml_backend_alloc_ctx_tensors", ADDRESS, ADDRESS), context,
                backend.stream());
        require("ggml_backend_alloc_ctx_tensors", buffer);
        plan = Libraries.callPointer(libraries.pointer("ggml_backend_graph_plan_create", ADDRESS, ADDRESS),
                backend.stream(), graph);
        require("ggml_backend_graph_plan_create", plan);
    }

    /** Computes every product from the inputs as they are set. */
    public void compute() {
        requireAllocated();
        int status;
        try {
            status = (int) compute.invokeExact(backend.stream(), plan);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw Libraries.unexpected(e);
        }
        if (status != 0) {
            throw new GgmlException("ggml_backend_graph_plan_compute: expected status 0, found " + status
                    + "; ggml says: " + ggml().log().take());
        }
    }

    Ggml ggml() {
        return backend.ggml();
    }

    private void require(String function, MemorySegment result) {
        if (result.equals(MemorySegment.NULL)) {
            throw new GgmlException(function + ": found NULL; ggml says: " + ggml().log().take());
        }
    }

    /** ggml aborts where a context has no room left for a tensor. */
    private void reserve() {
        requireBuilding();
        if (tensors == capacity) {
            throw new IllegalStateException("graph: expected at most " + capacity + " tensors, found one more");
        }
        tensors++;
    }

    private static void requireShape(GgmlType type, long ne0, long ne1) {
        if (!TYPES.contains(type)) {
            throw new IllegalArgumentException("graph: expected a tensor of type F32, F16 or BF16, found " + type);
        }
        if (ne0 < 1 || ne1 < 1 || ne0 > MAX_TENSOR_BYTES / type.blockBytes() / ne1) {
            throw new IllegalArgumentException("graph: expected a tensor of 1 to " + MAX_TENSOR_BYTES
                    + " bytes, found " + type + "[" + ne0 + ", " + ne1 + "]");
        }
    }

    private void requireMine(GgmlTensor tensor) {
        if (tensor.graph() != this) {
            throw new IllegalArgumentException("graph: " + tensor + " belongs to another graph");
        }
    }

    private void requireBuilding() {
        if (closed || !buffer.equals(MemorySegment.NULL)) {
            throw new IllegalStateException("graph: expected it before allocate(), found it "
                    + (closed ? "closed" : "allocated"));
        }
    }

    void requireAllocated() {
        if (closed || plan.equals(MemorySegment.NULL)) {
            throw new IllegalStateException("graph: expected it after allocate(), found it "
                    + (closed ? "closed" : "not allocated"));
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (!plan.equals(MemorySegment.NULL)) {
            Libraries.call(libraries.action("ggml_backend_graph_plan_free", ADDRESS, ADDRESS), backend.stream(), plan);
        }
        if (!buffer.equals(MemorySegment.NULL)) {
            Libraries.call(libraries.action("ggml_backend_buffer_free", ADDRESS), buffer);
        }
        ggml().freeContext(context);
        backend.graphClosed();
    }
}
