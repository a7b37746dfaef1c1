package rwkvms.hypotheses;

/** The update coefficients of one token (math.md §3) and its decay, [D] each. */
final class Coefficients {
    final double[] keep;
    final double[] erase;
    final double[] write;
    final double[] decay;

    Coefficients(double[] keep, double[] erase, double[] write, double[] decay) {
        this.keep = keep;
        this.erase = erase;
        this.write = write;
        this.decay = decay;
    }
}
