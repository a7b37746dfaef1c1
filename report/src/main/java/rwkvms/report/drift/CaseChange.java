package rwkvms.report.drift;

/** One tensor of one case in two runs. */
public record CaseChange(String caseName, Measured before, Measured after, DriftRule rule) {
    public CaseChange {
        after = after.withScaleOf(before);
        before = before.withScaleOf(after);
    }

    Accuracy accuracy() {
        if (!rule.judges() || !after.hasScale()) {
            return Accuracy.NOT_JUDGED;
        }
        if (DriftRule.grew(before, after)) {
            return Accuracy.WORSE;
        }
        return DriftRule.grew(after, before) ? Accuracy.BETTER : Accuracy.SAME;
    }

    /** How many times the error has grown; infinite if there was none, 1 if there is none. */
    public double growth() {
        return after.error() == before.error() ? 1 : after.error() / before.error();
    }
}
