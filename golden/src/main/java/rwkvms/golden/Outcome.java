package rwkvms.golden;

/** The outcome of checking one fixture on one runtime. */
public sealed interface Outcome permits CheckResult, NotEvaluated {
    /** Name of the case, such as {@code batch-mask}. */
    String caseName();

    String runtime();
}
