package rwkvms.conditioning;

import rwkvms.math.DeltaHead;
import rwkvms.math.MathTensor;

/** Takes what a run computes. */
interface ValueSink {
    /** Values of one token; of a tensor without a token axis all of them, as of token 0. The array is the caller's. */
    void put(MathTensor name, int token, double[] values);

    /** Which values of a token's delta are wanted: half of a run's work is in all of them. The array is the caller's. */
    boolean wants(DeltaHead delta, int token, int output);
}
