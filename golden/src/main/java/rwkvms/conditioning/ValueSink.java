package rwkvms.conditioning;

import java.util.BitSet;
import rwkvms.math.DeltaHead;
import rwkvms.math.MathTensor;

/** Receives the values that a run computes. */
interface ValueSink {
    /** Values of one token; of a tensor without a token axis all of them, as of token 0. The array is the caller's. */
    void put(MathTensor name, int token, double[] values);

    /** Whether to compute the step trace of this token, which takes one write per slot. */
    default boolean wantsTrace(int token) {
        return true;
    }

    /** The last token that has a value asked for: a run may end there. */
    default int lastToken(int tokens) {
        return tokens - 1;
    }

    /** The values of a token's delta to compute, of so many outputs; all of them are half of the work of a run. */
    BitSet wanted(DeltaHead delta, int token, int outputs);
}
