package rwkvms.conditioning;

import rwkvms.math.DeltaHead;
import rwkvms.math.MathTensor;

/** Takes what a run computes. */
interface ValueSink {
    /** Values of one token; of a tensor without a token axis all of them, as of token 0. The array is the caller's. */
    void put(MathTensor name, int token, double[] values);

    /** Whether a step trace of this token is wanted, which costs as many writes as there are slots. */
    default boolean wantsTrace(int token) {
        return true;
    }

    /** The last token of which anything is wanted: a run may end there. */
    default int lastToken(int tokens) {
        return tokens - 1;
    }

    /** Which values of a token's delta are wanted: half of a run's work is in all of them. The array is the caller's. */
    boolean wants(DeltaHead delta, int token, int output);

    /** Whether any of them are. */
    boolean wants(DeltaHead delta, int token);
}
