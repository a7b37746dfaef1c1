package rwkvms.conditioning;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import rwkvms.math.MemoryConfig;
import rwkvms.sidecar.LayerWeights;
import rwkvms.tensor.Tensor;

/**
 * The exact projections of all hidden states (math.md §1) before bias, tanh and norm, each with the size of the roundings of
 * its long sum. They are most of the work of a run, and are computed once for all runs.
 */
final class RawProjections implements RawValues {
    /** Partial sums of a vector unit. One sum after the other has larger ones as a rule, but not where terms alternate. */
    private static final int LANES = 8;

    private final double[][] values;
    private final double[][] magnitudes;

    private RawProjections(int tokens) {
        this.values = new double[tokens][];
        this.magnitudes = new double[tokens][];
    }

    /** Projects hidden states [T, H]. */
    static RawProjections of(MemoryConfig config, LayerWeights weights, Tensor hidden) {
        double[][] byInput = byInput(maps(config, weights));
        int tokens = hidden.shape().dim(0);
        RawProjections raw = new RawProjections(tokens);
        IntStream.range(0, tokens).parallel()
                .forEach(t -> raw.project(t, hidden.rows(t, t + 1).toDoubles(), byInput));
        return raw;
    }

    static List<Tensor> maps(MemoryConfig config, LayerWeights weights) {
        List<Tensor> maps = new ArrayList<>(List.of(weights.memQ(), weights.memK(), weights.memV(), weights.beta()));
        if (ProjectionMath.hasFreeLambda(config)) {
            maps.add(Objects.requireNonNull(weights.lambda()));
        }
        return maps;
    }

    /** By input index, so that the inner loop runs over outputs, whose sums are independent of each other. */
    private static double[][] byInput(List<Tensor> maps) {
        int inputs = maps.getFirst().shape().dim(1);
        int outputs = maps.stream().mapToInt(map -> map.shape().dim(0)).sum();
        double[][] byInput = new double[inputs][outputs];
        int first = 0;
        for (Tensor map : maps) {
            double[] rows = map.toDoubles();
            for (int at = 0; at < rows.length; at++) {
                byInput[at % inputs][first + at / inputs] = rows[at];
            }
            first += map.shape().dim(0);
        }
        return byInput;
    }

    private void project(int token, double[] x, double[][] byInput) {
        int outputs = byInput[0].length;
        double[] sums = new double[outputs];
        double[] squares = new double[outputs];
        double[][] lanes = new double[LANES][outputs];
        double[] laneSquares = new double[outputs];
        for (int i = 0; i < x.length; i++) {
            add(byInput[i], x[i], sums, squares);
            add(byInput[i], x[i], lanes[i % LANES], laneSquares);
        }
        Arrays.setAll(squares, o -> Math.sqrt(Math.max(squares[o], laneSquares[o])));
        values[token] = sums;
        magnitudes[token] = squares;
    }

    private static void add(double[] weights, double x, double[] sums, double[] squares) {
        for (int o = 0; o < sums.length; o++) {
            double product = weights[o] * x;
            double sum = sums[o] + product;
            sums[o] = sum;
            squares[o] += product * product + sum * sum;
        }
    }

    @Override
    public double[] of(int token, Rounding rounding) {
        double[] raw = new double[values[token].length];
        for (int i = 0; i < raw.length; i++) {
            raw[i] = rounding.off(values[token][i], magnitudes[token][i]);
        }
        return raw;
    }
}
