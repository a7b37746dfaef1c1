package rwkvms.faults;

import java.util.Optional;

/** What a suite made of a faulty library. */
sealed interface SuiteResult {
    /** Nothing was noticed. */
    record Passed(int checks) implements SuiteResult {
    }

    /**
     * A check failed.
     *
     * @param stage what the failure names, where it names one
     * @param said  first divergence, or the test that failed and its message, in one line
     */
    record Failed(Optional<FaultStage> stage, String said) implements SuiteResult {
    }

    /** The process ended or hung. */
    record Crashed(String said) implements SuiteResult {
    }

    /** Nobody looked, because another suite had noticed the fault before. */
    record NotRun() implements SuiteResult {
    }

    /** Whether the fault was noticed. */
    default boolean kills() {
        return this instanceof Failed || this instanceof Crashed;
    }

    /** For the matrix. */
    default String text() {
        return switch (this) {
            case Passed(int checks) -> "passed " + checks;
            case Failed(Optional<FaultStage> stage, String said) -> said;
            case Crashed(String said) -> "CRASH: " + said;
            case NotRun() -> "not run";
        };
    }
}
