package rwkvms.sidecar;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import rwkvms.math.DeltaHead;
import rwkvms.tensor.Tensor;

/**
 * The weights of one layer's memory (sidecar.md), each in its stored type and PyTorch shape.
 *
 * <p>Tensors of an opened sidecar are views of the mapped file and end with it. Shapes are those of {@link
 * MemoryTensor#dims()}; whoever builds a layer by hand answers for them.
 */
public final class LayerWeights {
    private final EnumMap<MemoryTensor, Tensor> tensors;

    private LayerWeights(EnumMap<MemoryTensor, Tensor> tensors) {
        this.tensors = tensors;
    }

    /** A layer of these tensors; {@link IllegalArgumentException} if a required one is missing. */
    public static LayerWeights of(Map<MemoryTensor, Tensor> tensors) {
        EnumMap<MemoryTensor, Tensor> copy = new EnumMap<>(MemoryTensor.class);
        copy.putAll(tensors);
        for (MemoryTensor tensor : MemoryTensor.values()) {
            if (!tensor.ofFreeLambda() && !copy.containsKey(tensor)) {
                throw new IllegalArgumentException("layer weights: expected " + tensor.compactTail() + ", found none");
            }
        }
        return new LayerWeights(copy);
    }

    /** The tensor, or null for a lambda tensor of a layer that has none. */
    public @Nullable Tensor find(MemoryTensor tensor) {
        return tensors.get(tensor);
    }

    /** All tensors, in the order of a file. */
    public Map<MemoryTensor, Tensor> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    /** The projection of one delta head: [h_out, D]. */
    public Tensor delta(DeltaHead head) {
        return required(MemoryTensor.valueOf("DELTA_" + head));
    }

    /** [G, H] of a free lambda, else null. */
    public @Nullable Tensor lambda() {
        return find(MemoryTensor.LAMBDA);
    }

    /** [G] of a free lambda, else null. */
    public @Nullable Tensor lambdaB() {
        return find(MemoryTensor.LAMBDA_B);
    }

    public Tensor memQ() {
        return required(MemoryTensor.MEM_Q);
    }

    public Tensor memK() {
        return required(MemoryTensor.MEM_K);
    }

    public Tensor memV() {
        return required(MemoryTensor.MEM_V);
    }

    public Tensor deltaQ() {
        return required(MemoryTensor.DELTA_Q);
    }

    public Tensor deltaK() {
        return required(MemoryTensor.DELTA_K);
    }

    public Tensor deltaV() {
        return required(MemoryTensor.DELTA_V);
    }

    public Tensor deltaO() {
        return required(MemoryTensor.DELTA_O);
    }

    public Tensor beta() {
        return required(MemoryTensor.BETA);
    }

    public Tensor betaB() {
        return required(MemoryTensor.BETA_B);
    }

    public Tensor xR() {
        return required(MemoryTensor.X_R);
    }

    public Tensor xW() {
        return required(MemoryTensor.X_W);
    }

    public Tensor xK() {
        return required(MemoryTensor.X_K);
    }

    public Tensor xV() {
        return required(MemoryTensor.X_V);
    }

    public Tensor xA() {
        return required(MemoryTensor.X_A);
    }

    public Tensor xG() {
        return required(MemoryTensor.X_G);
    }

    public Tensor w1() {
        return required(MemoryTensor.W1);
    }

    public Tensor w2() {
        return required(MemoryTensor.W2);
    }

    public Tensor w0() {
        return required(MemoryTensor.W0);
    }

    public Tensor a1() {
        return required(MemoryTensor.A1);
    }

    public Tensor a2() {
        return required(MemoryTensor.A2);
    }

    public Tensor a0() {
        return required(MemoryTensor.A0);
    }

    public Tensor g1() {
        return required(MemoryTensor.G1);
    }

    public Tensor g2() {
        return required(MemoryTensor.G2);
    }

    public Tensor kK() {
        return required(MemoryTensor.K_K);
    }

    public Tensor kA() {
        return required(MemoryTensor.K_A);
    }

    public Tensor receptance() {
        return required(MemoryTensor.RECEPTANCE);
    }

    public Tensor key() {
        return required(MemoryTensor.KEY);
    }

    public Tensor value() {
        return required(MemoryTensor.VALUE);
    }

    public Tensor output() {
        return required(MemoryTensor.OUTPUT);
    }

    public Tensor lnXWeight() {
        return required(MemoryTensor.LN_X_WEIGHT);
    }

    private Tensor required(MemoryTensor tensor) {
        return Objects.requireNonNull(tensors.get(tensor));
    }
}
