package rwkvms.parity;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import rwkvms.comparison.KnownLimits;
import rwkvms.comparison.TensorComparer;
import rwkvms.comparison.TensorComparison;
import rwkvms.comparison.Tolerance;
import rwkvms.conditioning.Conditioning;
import rwkvms.math.MathTensor;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.Sidecar;
import rwkvms.tensor.DType;
import rwkvms.tensor.Tensor;

/** What float32 can know of one call, as {@code gate check} has it of a fixture. */
final class ModelLimits {
    /** Each of two runs may be as far from the exact one. */
    static final double TWO_RUNS = 2;

    private final Conditioning conditioning;

    private ModelLimits(Conditioning conditioning) {
        this.conditioning = conditioning;
    }

    static ModelLimits of(Sidecar sidecar, LayerState initial, ForwardInput input) {
        return of(sidecar, RandomModel.LAYER, initial, input);
    }

    static ModelLimits of(Sidecar sidecar, int layer, LayerState initial, ForwardInput input) {
        return new ModelLimits(Conditioning.of(sidecar.config(), sidecar.layer(layer), List.of(initial),
                List.of(input), 1));
    }

    static ModelLimits of(RandomModel model, LayerState initial, ForwardInput input) {
        List<ModelLimits> limits = new ArrayList<>();
        model.withSidecar(sidecar -> limits.add(of(sidecar, initial, input)));
        return limits.getFirst();
    }

    TensorSet exact() {
        return conditioning.exact();
    }

    /** All floating tensors that both have: at the tolerance; what misses it, at so many times its limit. */
    List<TensorComparison> compare(TensorSet found, TensorSet expected, double times) {
        TensorComparer comparer = new TensorComparer(Tolerance.DEFAULT);
        Map<MathTensor, BitSet> missed = new EnumMap<>(MathTensor.class);
        Map<MathTensor, TensorComparison> comparisons = new EnumMap<>(MathTensor.class);
        for (MathTensor name : expected.names()) {
            if (found.find(name).isPresent()) {
                TensorComparison plain = comparer.compare(name, found.get(name), expected.get(name));
                comparisons.put(name, plain);
                if (!plain.passed() && name.kind() == DType.Kind.FLOATING) {
                    missed.put(name, missed(found.get(name), expected.get(name)));
                }
            }
        }
        TensorSet limits = missed.isEmpty() ? TensorSet.of(Map.of()) : conditioning.limits(missed);
        missed.keySet().forEach(name -> comparisons.put(name, comparer.compare(name, found.get(name),
                expected.get(name), index -> false,
                KnownLimits.of(times(times, limits.get(name)), expected.get(name)))));
        return List.copyOf(comparisons.values());
    }

    private static BitSet missed(Tensor found, Tensor expected) {
        BitSet missed = new BitSet();
        IntStream.range(0, found.count()).filter(i -> !Tolerance.DEFAULT.accepts(found.at(i), expected.at(i)))
                .forEach(missed::set);
        return missed;
    }

    private static Tensor times(double times, Tensor limits) {
        return Tensor.ofDoubles(limits.shape(),
                IntStream.range(0, limits.count()).mapToDouble(i -> times * limits.at(i)).toArray());
    }
}
