package rwkvms.ggml;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

import rwkvms.gguf.GgmlType;
import rwkvms.nativeruntime.LibraryFunctions;

/**
 * A graph of matrix products: built, then allocated, then computed any number of times. Products are computed in the order
 * in which they were added. ggml aborts the process on calls in another order, on shapes that do not fit, and where there
 * are more tensors than the capacity.
 */
public final class GgmlGraph implements AutoCloseable {
    private static final boolean WITHOUT_GRADIENTS = false;

    private final GgmlBackend backend;
    private final Libraries libraries;
    private final MemorySegment context;
    private final MemorySegment graph;
    private final MethodHandle compute;
    private MemorySegment buffer = MemorySegment.NULL;
    private MemorySegment plan = MemorySegment.NULL;

    /** @param capacity the maximum of tensors, inputs and results together */
    public GgmlGraph(GgmlBackend backend, int capacity) {
        this.backend = backend;
        this.libraries = backend.ggml().libraries();
        this.compute = libraries.integer("ggml_backend_graph_plan_compute", ADDRESS, ADDRESS).linked();
        long graphBytes = (long) Libraries.call(libraries.of("ggml_graph_overhead_custom",
                FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_BOOLEAN)), (long) capacity, WITHOUT_GRADIENTS);
        this.context = backend.ggml().newContext(capacity * backend.ggml().tensorOverhead() + graphBytes);
        this.graph = Libraries.callPointer(
                libraries.pointer("ggml_new_graph_custom", ADDRESS, JAVA_LONG, JAVA_BOOLEAN), context, (long) capacity,
                WITHOUT_GRADIENTS);
    }

    /** An input of {@code ne1} rows of {@code ne0} values; F32, F16 or BF16. */
    public GgmlTensor input(GgmlType type, long ne0, long ne1) {
        MemorySegment input = Libraries.callPointer(
                libraries.pointer("ggml_new_tensor_2d", ADDRESS, JAVA_INT, JAVA_LONG, JAVA_LONG), context, type.id(),
                ne0, ne1);
        return new GgmlTensor(libraries, input, type, ne0, ne1);
    }

    /**
     * {@code W x}: F32 [W.ne1, x.ne1] of a weight W [K, out] of any type and an F32 x [K, T]. With a BF16 weight ggml rounds
     * x to BF16 first.
     */
    public GgmlTensor mulMat(GgmlTensor weight, GgmlTensor x) {
        MemorySegment product = Libraries.callPointer(libraries.pointer("ggml_mul_mat", ADDRESS, ADDRESS, ADDRESS),
                context, weight.handle(), x.handle());
        return node(new GgmlTensor(libraries, product, GgmlType.F32, weight.ne1(), x.ne1()));
    }

    /** The same values in another type. */
    public GgmlTensor cast(GgmlTensor from, GgmlType to) {
        MemorySegment cast = Libraries.callPointer(libraries.pointer("ggml_cast", ADDRESS, ADDRESS, JAVA_INT), context,
                from.handle(), to.id());
        return node(new GgmlTensor(libraries, cast, to, from.ne0(), from.ne1()));
    }

    private GgmlTensor node(GgmlTensor result) {
        Libraries.call(libraries.action("ggml_build_forward_expand", ADDRESS, ADDRESS), graph, result.handle());
        return result;
    }

    /** Gives every tensor its memory and plans the run; nothing is added afterwards. */
    public void allocate() {
        buffer = GgmlBackend.required(backend.ggml(), "ggml_backend_alloc_ctx_tensors", Libraries.callPointer(
                libraries.pointer("ggml_backend_alloc_ctx_tensors", ADDRESS, ADDRESS), context, backend.stream()));
        plan = GgmlBackend.required(backend.ggml(), "ggml_backend_graph_plan_create", Libraries.callPointer(
                libraries.pointer("ggml_backend_graph_plan_create", ADDRESS, ADDRESS), backend.stream(), graph));
    }

    /** Computes every product from the inputs as they are set. */
    public void compute() {
        int status;
        try {
            status = (int) compute.invokeExact(backend.stream(), plan);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw LibraryFunctions.unexpected(e);
        }
        if (status != 0) {
            throw new GgmlException("ggml_backend_graph_plan_compute: expected status 0, found " + status
                    + "; ggml says: " + backend.ggml().log().take());
        }
    }

    @Override
    public void close() {
        Libraries.call(libraries.action("ggml_backend_graph_plan_free", ADDRESS, ADDRESS), backend.stream(), plan);
        Libraries.call(libraries.action("ggml_backend_buffer_free", ADDRESS), buffer);
        backend.ggml().freeContext(context);
    }
}
