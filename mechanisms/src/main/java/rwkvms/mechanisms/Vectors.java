package rwkvms.mechanisms;

import java.util.Arrays;

/**
 * The vectors of doubles that the experiments need. {@link #stored} rounds them as PyTorch does when it stores float32.
 */
final class Vectors {
    private Vectors() {
    }

    static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    static double norm(double[] a) {
        return Math.sqrt(dot(a, a));
    }

    /** {@code x / ‖x‖}, without an epsilon. */
    static double[] unit(double[] x) {
        return scaled(x, 1 / norm(x));
    }

    static double[] scaled(double[] x, double factor) {
        double[] out = new double[x.length];
        Arrays.setAll(out, i -> x[i] * factor);
        return out;
    }

    /** {@code x + factor · y}. */
    static double[] plus(double[] x, double factor, double[] y) {
        double[] out = new double[x.length];
        Arrays.setAll(out, i -> x[i] + factor * y[i]);
        return out;
    }

    /** Rounded to float32, as a tensor of the original experiment holds it. */
    static double[] stored(double[] x) {
        double[] out = new double[x.length];
        Arrays.setAll(out, i -> (float) x[i]);
        return out;
    }

    /** {@code k v^T} as one row: {@code out[i · |v| + j] = k_i v_j}. */
    static double[] outer(double[] k, double[] v) {
        double[] out = new double[k.length * v.length];
        for (int i = 0; i < k.length; i++) {
            for (int j = 0; j < v.length; j++) {
                out[i * v.length + j] = k[i] * v[j];
            }
        }
        return out;
    }
}
