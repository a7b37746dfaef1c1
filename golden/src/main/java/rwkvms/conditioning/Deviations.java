package rwkvms.conditioning;

import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.Map;
import rwkvms.math.DeltaHead;
import rwkvms.math.MathTensor;
import rwkvms.runtime.TensorSet;

/** The largest deviations of some runs from the exact one, for the values that were asked for. */
final class Deviations implements ValueSink {
    private static final BitSet NO_VALUES = new BitSet();

    private final ExactValues exact;
    private final Map<MathTensor, BitSet> wanted;
    private final Map<MathTensor, double[]> largest = new EnumMap<>(MathTensor.class);

    /** Measures these values of each tensor, numbered as in the exact run. */
    Deviations(ExactValues exact, Map<MathTensor, BitSet> wanted) {
        this.exact = exact;
        this.wanted = wanted;
        wanted.keySet().forEach(name -> largest.put(name, new double[exact.of(name).length]));
    }

    @Override
    public void put(MathTensor name, int token, double[] row) {
        double[] all = largest.get(name);
        BitSet values = wanted.get(name);
        if (all == null || values == null) {
            return;
        }
        double[] from = exact.of(name);
        int first = token * row.length;
        for (int at = values.nextSetBit(first); at >= 0 && at < first + row.length; at = values.nextSetBit(at + 1)) {
            all[at] = further(all[at], Math.abs(row[at - first] - from[at]));
        }
    }

    private static double further(double known, double deviation) {
        return deviation <= known ? known : Double.isNaN(deviation) ? Double.POSITIVE_INFINITY : deviation;
    }

    @Override
    public BitSet wanted(DeltaHead delta, int token, int outputs) {
        return wanted.getOrDefault(delta.delta(), NO_VALUES).get(token * outputs, (token + 1) * outputs);
    }

    @Override
    public boolean wantsTrace(int token) {
        return ScanMath.TRACED.stream().anyMatch(name -> {
            BitSet values = wanted.getOrDefault(name, NO_VALUES);
            int next = values.isEmpty() ? -1 : values.nextSetBit(token * rowLength(name));
            return next >= 0 && next < (token + 1) * rowLength(name);
        });
    }

    @Override
    public int lastToken(int tokens) {
        return wanted.entrySet().stream().mapToInt(each -> each.getKey().hasTokens()
                ? (each.getValue().length() - 1) / rowLength(each.getKey())
                : tokens - 1).max().orElse(tokens - 1);
    }

    private int rowLength(MathTensor name) {
        return exact.of(name).length / exact.tokens();
    }

    /** Takes the larger of these deviations and those of other runs. */
    Deviations and(Deviations others) {
        others.largest.forEach((name, theirs) -> {
            double[] mine = largest.getOrDefault(name, theirs);
            for (int i = 0; i < mine.length; i++) {
                mine[i] = Math.max(mine[i], theirs[i]);
            }
        });
        return this;
    }

    /** The deviations, times a factor. */
    TensorSet times(int multiple) {
        largest.values().forEach(all -> Arrays.setAll(all, i -> multiple * all[i]));
        return exact.tensors(largest);
    }
}
