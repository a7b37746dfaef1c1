package rwkvms.golden;

/** The outcome of checking one fixture on one runtime. */
public sealed interface CaseResult permits CheckResult, CaseNotEvaluated {
    /** Name of the case, such as {@code batch-mask}. */
    String caseName();

    String runtime();
}
