package rwkvms.parity;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import rwkvms.conditioning.Conditioning;
import rwkvms.fixtures.DType;
import rwkvms.fixtures.KnownLimits;
import rwkvms.fixtures.MathTensor;
import rwkvms.fixtures.Tensor;
import rwkvms.fixtures.TensorComparer;
import rwkvms.fixtures.TensorComparison;
import rwkvms.fixtures.Tolerance;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.Sidecar;

/** What float32 can know of one call of a random model, as {@code gate check} has it of a fixture. */
final class ModelLimits {
    /** Each of two runs may be as far from the exact one. */
    static final double TWO_RUNS = 2;

    private final Conditioning conditioning;

    private ModelLimits(Conditioning conditioning) {
        this.conditioning = conditioning;
    }

    static ModelLimits of(Sidecar sidecar, LayerState initial, ForwardInput input) {
        return new ModelLimits(Conditioning.of(sidecar.config(), sidecar.layer(RandomModel.LAYER), List.of(initial),
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

    /** At the tolerance; what misses it, at so many times its limit. */
    TensorComparison compare(MathTensor name, Tensor found, Tensor expected, double times) {
        TensorComparer comparer = new TensorComparer(Tolerance.DEFAULT);
        TensorComparison plain = comparer.compare(name, found, expected);
        if (plain.passed() || name.kind() != DType.Kind.FLOATING) {
            return plain;
        }
        return comparer.compare(name, found, expected, index -> false,
                KnownLimits.of(limits(name, missed(found, expected), times), expected));
    }

    private static BitSet missed(Tensor found, Tensor expected) {
        BitSet missed = new BitSet();
        IntStream.range(0, found.count()).filter(i -> !Tolerance.DEFAULT.accepts(found.at(i), expected.at(i)))
                .forEach(missed::set);
        return missed;
    }

    private Tensor limits(MathTensor name, BitSet values, double times) {
        Tensor limits = conditioning.limits(Map.of(name, values)).get(name);
        return Tensor.ofDoubles(limits.shape(),
                IntStream.range(0, limits.count()).mapToDouble(i -> times * limits.at(i)).toArray());
    }
}
