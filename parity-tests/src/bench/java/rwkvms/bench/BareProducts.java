package rwkvms.bench;

import java.util.ArrayList;
import java.util.List;
import rwkvms.ggml.GgmlBackend;
import rwkvms.ggml.GgmlGraph;
import rwkvms.ggml.GgmlTensor;
import rwkvms.gguf.GgmlType;
import rwkvms.math.DeltaHead;
import rwkvms.sidecar.LayerWeights;
import rwkvms.sidecar.Sidecar;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * The matrix products of math.md for one layer in one ggml graph, one node per product, with F32 weights. Number and shapes are
 * those of the layer; the values are random, because the time of a product does not depend on them.
 */
final class BareProducts implements AutoCloseable {
    private static final int CAPACITY = 64;

    private final GgmlGraph graph;
    private final int tokens;
    private final List<GgmlTensor> inputs = new ArrayList<>();

    BareProducts(GgmlBackend backend, Sidecar sidecar, int layer, int tokens) {
        this.graph = new GgmlGraph(backend, CAPACITY);
        this.tokens = tokens;
        LayerWeights weights = sidecar.layer(layer);
        GgmlTensor hidden = input(sidecar.config().hiddenSize(), tokens);
        product(weights.memQ(), hidden);
        product(weights.memK(), hidden);
        product(weights.memV(), hidden);
        product(weights.beta(), hidden);
        Tensor lambda = weights.lambda();
        if (lambda != null) {
            product(lambda, hidden);
        }
        product(weights.receptance(), mixed(weights));
        product(weights.key(), mixed(weights));
        product(weights.value(), mixed(weights));
        productFromRight(weights.w2(), productFromRight(weights.w1(), mixed(weights)));
        productFromRight(weights.a2(), productFromRight(weights.a1(), mixed(weights)));
        productFromRight(weights.g2(), productFromRight(weights.g1(), mixed(weights)));
        GgmlTensor reads = product(weights.output(), mixed(weights));
        for (DeltaHead head : sidecar.config().deltaHeads()) {
            product(weights.delta(head), reads);
        }
        graph.allocate();
        inputs.forEach(input -> input.set(BenchCase.normal(Math.toIntExact(input.ne0() * input.ne1()))));
    }

    /** An input x_c, [tokens, D]. */
    private GgmlTensor mixed(LayerWeights weights) {
        return input(weights.receptance().shape().dim(1), tokens);
    }

    private GgmlTensor input(long width, long rows) {
        GgmlTensor input = graph.input(GgmlType.F32, width, rows);
        inputs.add(input);
        return input;
    }

    private GgmlTensor product(Tensor weight, GgmlTensor x) {
        Shape shape = weight.shape();
        return graph.mulMat(input(shape.dim(1), shape.dim(0)), x);
    }

    /** {@code x M} of a weight {@code M[in, out]}: the same product with the weight transposed, as a runtime stores it. */
    private GgmlTensor productFromRight(Tensor weight, GgmlTensor x) {
        Shape shape = weight.shape();
        return graph.mulMat(input(shape.dim(0), shape.dim(1)), x);
    }

    void compute() {
        graph.compute();
    }

    @Override
    public void close() {
        graph.close();
    }
}
