package rwkvms.conditioning;

/** Where a run has its raw projections from. */
@FunctionalInterface
interface RawValues {
    /** Of one token: q, k, v, beta and, where it is free, lambda, one behind the other. */
    double[] of(int token, Rounding rounding);
}
