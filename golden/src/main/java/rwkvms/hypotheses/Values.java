package rwkvms.hypotheses;

import java.util.EnumMap;
import java.util.Map;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** The tensors of one sequence, filled token by token. */
final class Values {
    private final MemoryConfig config;
    private final int tokens;
    private final Map<MathTensor, double[]> values = new EnumMap<>(MathTensor.class);

    Values(MemoryConfig config, int tokens) {
        this.config = config;
        this.tokens = tokens;
    }

    /** Takes the values of a token; of a tensor without tokens, all of them as of token 0. */
    void put(MathTensor name, int token, double... row) {
        double[] all = values.computeIfAbsent(name,
                first -> new double[Math.multiplyExact(name.hasTokens() ? tokens : 1, row.length)]);
        System.arraycopy(row, 0, all, token * row.length, row.length);
    }

    /** The tensors under the names that a rule shows them under, each with a batch dimension of 1. */
    TensorSet shownBy(Rule rule) {
        Map<MathTensor, Tensor> shown = new EnumMap<>(MathTensor.class);
        for (MathTensor name : values.keySet()) {
            double[] of = values.get(rule.shown(name));
            if (of != null) {
                shown.put(name, tensor(name, of));
            }
        }
        return TensorSet.of(shown);
    }

    private Tensor tensor(MathTensor name, double[] of) {
        Shape shape = Shape.of(name.symbols().stream().mapToLong(symbol -> size(symbol, of.length)).toArray());
        if (name.kind() == DType.Kind.FLOATING) {
            return Tensor.ofDoubles(shape, of);
        }
        long[] numbers = new long[of.length];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (long) of[i];
        }
        return Tensor.ofLongs(shape, numbers);
    }

    private long size(String symbol, int count) {
        return switch (symbol) {
            case "B", "1" -> 1;
            case "T" -> tokens;
            case "D" -> config.readDim();
            case "G" -> config.gateWidth();
            case "N" -> config.numStateHeads();
            case "K" -> config.numStates();
            case "r" -> config.rank();
            case "O" -> tokens == 0 ? 0 : count / tokens;
            default -> throw new IllegalArgumentException("unknown dimension " + symbol);
        };
    }
}
