package rwkvms.runtime;

/** Which tensors a forward returns. */
public enum Taps {
    /** The deltas alone, as in production. */
    DELTAS,
    /** Every tensor of math.md but the step trace. */
    ALL,
    /** The step trace too. */
    STEP_TRACE
}
