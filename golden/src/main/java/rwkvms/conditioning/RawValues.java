package rwkvms.conditioning;

/** The source of a run's raw projections. */
@FunctionalInterface
interface RawValues {
    /** The raw projections of one token: q, k, v, beta and, if it is free, lambda, one after the other. */
    double[] of(int token, Rounding rounding);
}
