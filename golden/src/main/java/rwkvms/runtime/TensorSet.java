package rwkvms.runtime;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import rwkvms.math.MathTensor;
import rwkvms.tensor.Tensor;

/** The tensors of one run by name, in dataflow order. Immutable. */
public final class TensorSet {
    private final Map<MathTensor, Tensor> tensors;

    private TensorSet(Map<MathTensor, Tensor> tensors) {
        this.tensors = tensors;
    }

    public static TensorSet of(Map<MathTensor, Tensor> tensors) {
        Map<MathTensor, Tensor> copy = new EnumMap<>(MathTensor.class);
        copy.putAll(tensors);
        return new TensorSet(Collections.unmodifiableMap(copy));
    }

    public Optional<Tensor> find(MathTensor name) {
        return Optional.ofNullable(tensors.get(name));
    }

    /** The tensor of that name; {@link RuntimeFailure} if the run gave none. */
    public Tensor get(MathTensor name) {
        return find(name).orElseThrow(
                () -> new RuntimeFailure(name.label() + ": expected among the tensors of the run, found " + names()));
    }

    public Set<MathTensor> names() {
        return tensors.keySet();
    }

    /** Whether the other has the same tensors, bit for bit. */
    public boolean sameBits(TensorSet other) {
        return names().equals(other.names()) && names().stream().allMatch(name -> get(name).sameBits(other.get(name)));
    }
}
