package rwkvms.reference;

import rwkvms.runtime.TokenMask;

/** Which source row comes before each token (math.md §2, "Predecessor of token t"). */
final class Predecessors {
    private Predecessors() {
    }

    /** The row before each token, whatever the mask says; zero for the first. */
    static Block legacy(Block source) {
        Block before = new Block(source.tokens(), source.width());
        for (int t = 1; t < source.tokens(); t++) {
            before.setRow(t, source.row(t - 1), 0);
        }
        return before;
    }

    /** The last valid row before each token in this call, else {@code previous}. */
    static Block streaming(Block source, TokenMask mask, double[] previous) {
        Block before = new Block(source.tokens(), source.width());
        double[] last = previous;
        for (int t = 0; t < source.tokens(); t++) {
            before.setRow(t, last, 0);
            if (mask.valid(t)) {
                last = source.row(t);
            }
        }
        return before;
    }

    /** final_previous_source: the last valid row of the call, else {@code previous}. */
    static double[] last(Block source, TokenMask mask, double[] previous) {
        for (int t = source.tokens() - 1; t >= 0; t--) {
            if (mask.valid(t)) {
                return source.row(t);
            }
        }
        return previous;
    }
}
