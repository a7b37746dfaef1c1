package rwkvms.sidecar.synthesis;

import rwkvms.sidecar.MemoryTensor;

/**
 * The initial values of RWKV-7's per-channel vectors (runtime-tools.md §5), for layer {@code layer} of {@value #DEPTH}. The
 * published checkpoint still has many of them, as their hashes prove.
 *
 * <p>With D channels in heads of r, {@code linear[n] = n / (D − 1) − 1/2}, {@code z} runs from −1 to 1 over each head,
 * {@code zigzag = z·|z|} and {@code rest = 1 − layer / depth}. Layers beyond the depth count as its last one.
 */
public final class RwkvInit {
    /** Layers of the published base model. */
    public static final int DEPTH = 42;

    private final int width;
    private final int headWidth;
    private final double progress;
    private final double rest;

    public RwkvInit(int layer, int width, int headWidth) {
        int known = Math.min(layer, DEPTH - 1);
        this.width = width;
        this.headWidth = headWidth;
        this.progress = known / (DEPTH - 1.0);
        this.rest = 1 - (double) known / DEPTH;
    }

    /** A token-shift vector: {@code x_r} and {@code x_g}, {@code x_w} and {@code x_a}, {@code x_k} and {@code x_v}. */
    public double shift(MemoryTensor tensor, int channel) {
        double power = switch (tensor) {
            case X_R, X_G -> 0.2;
            case X_W, X_A -> 0.9;
            case X_K, X_V -> 0.7;
            default -> throw new IllegalArgumentException("expected a token-shift vector, found " + tensor);
        };
        return 1 - StrictMath.pow((double) channel / width, power * rest);
    }

    double w0(int channel) {
        double exponent = 1 + StrictMath.pow(progress, 0.3);
        return -6 + 6 * StrictMath.pow(linear(channel) + 0.5, exponent) + 0.5 + zigzag(channel) * 2.5;
    }

    double a0(int channel) {
        return -0.19 + zigzag(channel) * 0.3 + linear(channel) * 0.4;
    }

    double kK(int channel) {
        return 0.71 - linear(channel) * 0.1;
    }

    static double kA() {
        return 1.02;
    }

    private double linear(int channel) {
        return width == 1 ? 0 : channel / (width - 1.0) - 0.5;
    }

    private double zigzag(int channel) {
        double half = (headWidth - 1) / 2.0;
        double z = headWidth == 1 ? 0 : (channel % headWidth - half) / half;
        return z * Math.abs(z);
    }
}
