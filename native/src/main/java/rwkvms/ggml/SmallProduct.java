package rwkvms.ggml;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A product of two small matrices of ones, added to itself: a driver that lists a device need not be able to compute on
 * it. The product may come from a library of the vendor, the sum comes from code that ggml brings.
 */
final class SmallProduct {
    private static final int F32 = 0;
    private static final int WIDTH = 32;
    private static final int ROWS = 2;
    /** Tensors and nodes of the graph, more than there are. */
    private static final long CAPACITY = 8;
    private static final long GRAPH_ROOM = 1 << 14;

    private SmallProduct() {
    }

    /**
     * Computes it on a device of a library that is loaded.
     *
     * @throws GgmlException if the device computes nothing, or something else
     */
    static void on(Ggml ggml, Device device) {
        Libraries of = ggml.libraries();
        MemorySegment stream = of(ggml, device, "ggml_backend_dev_init", Libraries.callPointer(
                of.pointer("ggml_backend_dev_init", ADDRESS, ADDRESS), ggml.handle(device), MemorySegment.NULL));
        MemorySegment context = ggml.newContext(CAPACITY * ggml.tensorOverhead() + GRAPH_ROOM);
        MemorySegment one = matrix(of, context);
        MemorySegment other = matrix(of, context);
        MemorySegment product = Libraries.callPointer(of.pointer("ggml_mul_mat", ADDRESS, ADDRESS, ADDRESS), context,
                one, other);
        MemorySegment sum = Libraries.callPointer(of.pointer("ggml_add", ADDRESS, ADDRESS, ADDRESS), context, product,
                product);
        MemorySegment graph = Libraries.callPointer(
                of.pointer("ggml_new_graph_custom", ADDRESS, JAVA_LONG, JAVA_BOOLEAN), context, CAPACITY, false);
        Libraries.call(of.action("ggml_build_forward_expand", ADDRESS, ADDRESS), graph, sum);
        MemorySegment buffer = of(ggml, device, "ggml_backend_alloc_ctx_tensors", Libraries.callPointer(
                of.pointer("ggml_backend_alloc_ctx_tensors", ADDRESS, ADDRESS), context, stream));
        float[] ones = new float[WIDTH * ROWS];
        Arrays.fill(ones, 1);
        move(of, "ggml_backend_tensor_set", one, ones);
        move(of, "ggml_backend_tensor_set", other, ones);
        int status = (int) Libraries.call(of.integer("ggml_backend_graph_compute", ADDRESS, ADDRESS), stream, graph);
        float[] found = move(of, "ggml_backend_tensor_get", sum, new float[ROWS * ROWS]);
        Libraries.call(of.action("ggml_backend_buffer_free", ADDRESS), buffer);
        Libraries.call(of.action("ggml_backend_free", ADDRESS), stream);
        ggml.freeContext(context);
        for (float value : found) {
            if (status != 0 || value != 2 * WIDTH) {
                throw new GgmlException(device.name() + ": a product of ones, twice: expected status 0 and " + 2 * WIDTH
                        + ", found status " + status + " and " + value);
            }
        }
    }

    private static MemorySegment of(Ggml ggml, Device device, String function, MemorySegment result) {
        if (result.equals(MemorySegment.NULL)) {
            throw new GgmlException(
                    device.name() + ": " + function + ": found NULL; ggml says: " + ggml.log().take());
        }
        return result;
    }

    private static MemorySegment matrix(Libraries of, MemorySegment context) {
        return Libraries.callPointer(of.pointer("ggml_new_tensor_2d", ADDRESS, JAVA_INT, JAVA_LONG, JAVA_LONG),
                context, F32, (long) WIDTH, (long) ROWS);
    }

    /** Sets or gets the values of a tensor. */
    private static float[] move(Libraries of, String function, MemorySegment tensor, float[] values) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocateFrom(JAVA_FLOAT, values);
            Libraries.call(of.action(function, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG), tensor, data, 0L,
                    data.byteSize());
            return data.toArray(JAVA_FLOAT);
        }
    }
}
