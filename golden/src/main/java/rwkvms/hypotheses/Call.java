package rwkvms.hypotheses;

/** What decides the predecessors of one call (math.md §2). */
final class Call {
    /** The rule of semantics 1 without a previous source. */
    final boolean legacy;
    /** Whether a previous source was given, or left by an earlier call. */
    final boolean given;
    /** Zero if none was given. */
    final double[] previous;
    /** By token. */
    final boolean[] valid;

    Call(boolean legacy, boolean given, double[] previous, boolean[] valid) {
        this.legacy = legacy;
        this.given = given;
        this.previous = previous;
        this.valid = valid;
    }
}
