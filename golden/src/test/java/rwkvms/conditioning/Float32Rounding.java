package rwkvms.conditioning;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Tensor;

/**
 * Float32 as a plain implementation uses it: every result rounded to nearest, sums one by one or in lanes.
 *
 * @param fused   whether a product and its addition are rounded once
 * @param flushed whether denormal results become zero
 * @param bias    units in the last place by which every exp, tanh and logarithm is too large
 */
record Float32Rounding(boolean fused, boolean flushed, int bias, int lanes) implements Rounding {
    static final Float32Rounding PLAIN = new Float32Rounding(false, false, 0, 1);

    @Override
    public double off(double value, double magnitude) {
        float rounded = (float) value;
        return flushed && Math.abs(rounded) < Float.MIN_NORMAL ? 0 : rounded;
    }

    @Override
    public double function(double value) {
        float rounded = (float) value;
        for (int i = 0; i < bias; i++) {
            rounded = Math.nextUp(rounded);
        }
        return of(rounded);
    }

    @Override
    public double dot(double[] x, int xFrom, double[] y, int yFrom, int count) {
        float[] sums = new float[lanes];
        for (int i = 0; i < count; i++) {
            float a = (float) x[xFrom + i];
            float b = (float) y[yFrom + i];
            sums[i % lanes] = fused ? Math.fma(a, b, sums[i % lanes]) : sums[i % lanes] + a * b;
        }
        float sum = 0;
        for (float each : sums) {
            sum += each;
        }
        return of(sum);
    }

    @Override
    public double sum(double[] x, int from, int count) {
        float sum = 0;
        for (int i = from; i < from + count; i++) {
            sum += (float) x[i];
        }
        return sum;
    }

    /** A whole call in this arithmetic, the projections over the hidden size included. */
    TensorSet run(LongCalls call) {
        List<double[]> rows = new ArrayList<>();
        for (Tensor map : RawProjections.maps(call.config(), call.weights())) {
            for (int row = 0; row < map.shape().dim(0); row++) {
                rows.add(map.rows(row, row + 1).toDoubles());
            }
        }
        double[] hidden = call.input().hiddenStates().toDoubles();
        int width = call.config().hiddenSize();
        RawValues raw = (token, rounding) -> {
            double[] values = new double[rows.size()];
            Arrays.setAll(values, o -> rounding.dot(rows.get(o), 0, hidden, token * width, width));
            return values;
        };
        ExactValues values = new ExactValues(call.config(), call.tokens());
        MemoryMath.of(call.config(), call.weights()).run(raw, call.initial(), call.input(), values, this);
        return values.tensors();
    }
}
