package rwkvms.conditioning;

import java.util.BitSet;
import java.util.EnumMap;
import java.util.Map;
import rwkvms.math.DeltaHead;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** Every floating tensor of a run. */
final class ExactValues implements ValueSink {
    private final MemoryConfig config;
    private final int tokens;
    private final Map<MathTensor, double[]> values = new EnumMap<>(MathTensor.class);

    ExactValues(MemoryConfig config, int tokens) {
        this.config = config;
        this.tokens = tokens;
    }

    @Override
    public void put(MathTensor name, int token, double[] row) {
        double[] all = values.computeIfAbsent(name,
                first -> new double[Math.multiplyExact(name.hasTokens() ? tokens : 1, row.length)]);
        System.arraycopy(row, 0, all, token * row.length, row.length);
    }

    @Override
    public BitSet wanted(DeltaHead delta, int token, int outputs) {
        BitSet all = new BitSet(outputs);
        all.set(0, outputs);
        return all;
    }

    int tokens() {
        return tokens;
    }

    double[] of(MathTensor name) {
        double[] all = values.get(name);
        if (all == null) {
            throw new IllegalArgumentException("no " + name.label() + " in this run");
        }
        return all;
    }

    TensorSet tensors() {
        return tensors(values);
    }

    /** Values of these tensors' sizes, under their shapes with a batch dimension of 1. */
    TensorSet tensors(Map<MathTensor, double[]> of) {
        Map<MathTensor, Tensor> tensors = new EnumMap<>(MathTensor.class);
        of.forEach((name, all) -> tensors.put(name, Tensor.ofDoubles(shape(name, all.length), all)));
        return TensorSet.of(tensors);
    }

    private Shape shape(MathTensor name, int count) {
        return Shape.of(name.symbols().stream().mapToLong(symbol -> switch (symbol) {
            case "B", "1" -> 1;
            case "T" -> tokens;
            case "D" -> config.readDim();
            case "G" -> config.gateWidth();
            case "N" -> config.numStateHeads();
            case "K" -> config.numStates();
            case "r" -> config.rank();
            case "O" -> tokens == 0 ? 0 : count / tokens;
            default -> throw new IllegalArgumentException(name.label() + ": unknown dimension " + symbol);
        }).toArray());
    }
}
