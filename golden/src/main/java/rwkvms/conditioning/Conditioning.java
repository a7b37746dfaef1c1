package rwkvms.conditioning;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.ScanInput;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.LayerWeights;
import rwkvms.tensor.Tensor;

/**
 * What float32 can know of each value of some sequences, measured. The spread of a value is its largest deviation from the
 * exact run among {@link #RUNS} runs in which every rounding is up to {@link #ROUNDINGS} times as large as float32's; its limit is
 * {@link #MULTIPLE} times that. docs/error-budget.md derives the numbers. The same seed gives the same limits.
 */
public final class Conditioning {
    /** Size of the runs' roundings in units of float32's: larger than a sound runtime's, so that a softmax is measured and not extrapolated. */
    public static final int ROUNDINGS = 4;
    /** The limit is the spread times this: if top-k takes another slot, all runs that take it deviate equally. */
    public static final int MULTIPLE = 2;
    public static final int RUNS = 24;
    /** Enough runs to see that a value is beyond any limit. */
    public static final int FIRST_RUNS = 4;
    /** A value that is off by this many times the spread of the first runs stays beyond the limit of all runs. */
    public static final double HOPELESS = 1000;

    private final MemoryConfig config;
    private final List<Pass> rows;
    private final List<ExactValues> exact = new ArrayList<>();
    private final long seed;

    private Conditioning(MemoryConfig config, List<Pass> rows, long seed) {
        this.config = config;
        this.rows = List.copyOf(rows);
        this.seed = seed;
        for (Pass row : rows) {
            ExactValues values = new ExactValues(config, row.tokens());
            row.run(values, Rounding.NONE);
            exact.add(values);
        }
    }

    /** Measures one call on each sequence of a batch; the tensors have a batch dimension in front. */
    public static Conditioning of(MemoryConfig config, LayerWeights weights, List<LayerState> initial,
            List<ForwardInput> inputs, long seed) {
        MemoryMath math = MemoryMath.of(config, weights);
        List<Pass> rows = new ArrayList<>();
        for (int row = 0; row < inputs.size(); row++) {
            ForwardInput input = inputs.get(row);
            rows.add(new Pass.Forward(math, RawProjections.of(config, weights, input.hiddenStates()),
                    initial.get(row), input));
        }
        return new Conditioning(config, rows, seed);
    }

    /**
     * Measures some tokens of a call on one of the sequences, from another state; the projections of the whole call are used again.
     *
     * @param from the first token of the input in the whole call
     */
    public Conditioning part(int row, LayerState initial, ForwardInput input, int from) {
        return new Conditioning(config, List.of(rows.get(row).part(initial, input, from)), seed);
    }

    /** Measures coefficients and scan alone, from recorded features that are taken as exact. */
    public static Conditioning ofScan(MemoryConfig config, List<ScanInput> inputs, long seed) {
        return new Conditioning(config,
                inputs.stream().<Pass>map(input -> new Pass.Replay(config, input)).toList(), seed);
    }

    /** Every floating tensor in exact arithmetic, float64. */
    public TensorSet exact() {
        return stacked(exact.stream().map(ExactValues::tensors).toList());
    }

    /**
     * The limits, float64, of the values with these row-major numbers; 0 of the others.
     *
     * @param values tensors of the exact run
     */
    public TensorSet limits(Map<MathTensor, BitSet> values) {
        return limits(values, RUNS);
    }

    /** The same from the first runs only. */
    public TensorSet limits(Map<MathTensor, BitSet> values, int runs) {
        List<TensorSet> limits = new ArrayList<>();
        for (int row = 0; row < rows.size(); row++) {
            limits.add(deviations(row, values, runs).times(MULTIPLE));
        }
        return stacked(limits);
    }

    private Deviations deviations(int row, Map<MathTensor, BitSet> values, int runs) {
        Map<MathTensor, BitSet> ofRow = new EnumMap<>(MathTensor.class);
        values.forEach((name, all) -> {
            int count = exact.get(row).of(name).length;
            ofRow.put(name, all.get(row * count, (row + 1) * count));
        });
        int threads = Math.min(runs, Runtime.getRuntime().availableProcessors());
        return IntStream.range(0, threads).parallel().mapToObj(thread -> {
            Deviations deviations = new Deviations(exact.get(row), ofRow);
            for (int run = thread; run < runs; run += threads) {
                rows.get(row).run(deviations, new RandomRounding(ROUNDINGS, Seeds.of(Seeds.of(seed, row), run)));
            }
            return deviations;
        }).reduce(Deviations::and).orElseThrow();
    }

    private static TensorSet stacked(List<TensorSet> sets) {
        Map<MathTensor, Tensor> stacked = new EnumMap<>(MathTensor.class);
        for (MathTensor name : sets.getFirst().names()) {
            stacked.put(name, Tensor.concatenate(sets.stream().map(set -> set.get(name)).toArray(Tensor[]::new)));
        }
        return TensorSet.of(stacked);
    }
}
