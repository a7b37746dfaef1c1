package rwkvms.parity;

import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import rwkvms.comparison.KnownLimits;
import rwkvms.comparison.TensorComparer;
import rwkvms.comparison.TensorComparison;
import rwkvms.comparison.Tolerance;
import rwkvms.conditioning.Conditioning;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.LayerWeights;
import rwkvms.sidecar.Sidecar;
import rwkvms.tensor.DType;
import rwkvms.tensor.Tensor;

/** What float32 can know of one call, as {@code gate check} has it of a fixture; measured where a value misses the tolerance. */
final class ModelLimits {
    /** Each of two runs may be as far from the exact one. */
    static final double TWO_RUNS = 2;

    private final Supplier<Conditioning> measurement;
    private @Nullable Conditioning measured;

    private ModelLimits(Supplier<Conditioning> measurement) {
        this.measurement = measurement;
    }

    static ModelLimits of(MemoryConfig config, LayerWeights weights, LayerState initial, ForwardInput input) {
        return new ModelLimits(() -> Conditioning.of(config, weights, List.of(initial), List.of(input), 1));
    }

    static ModelLimits of(Sidecar sidecar, LayerState initial, ForwardInput input) {
        return of(sidecar.config(), sidecar.layer(RandomModel.LAYER), initial, input);
    }

    TensorSet exact() {
        return conditioning().exact();
    }

    private Conditioning conditioning() {
        Conditioning known = measured;
        if (known == null) {
            known = measurement.get();
            measured = known;
        }
        return known;
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
        TensorSet limits = missed.isEmpty() ? TensorSet.of(Map.of()) : conditioning().limits(missed);
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
