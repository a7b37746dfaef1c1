package rwkvms.hypotheses;

/** The features of one token (math.md §2), [D] each; {@code w} is before the decay. */
final class Features {
    final double[] r;
    final double[] w;
    final double[] k;
    final double[] v;
    final double[] a;
    final double[] b;
    final double[] g;

    Features(double[] r, double[] w, double[] k, double[] v, double[] a, double[] b, double[] g) {
        this.r = r;
        this.w = w;
        this.k = k;
        this.v = v;
        this.a = a;
        this.b = b;
        this.g = g;
    }
}
