package rwkvms.faults;

import java.util.List;
import java.util.Optional;

/** What a suite made of a faulty library. */
sealed interface SuiteResult {
    record Passed(int checks) implements SuiteResult {
    }

    /**
     * A check failed.
     *
     * @param stage what the failure names, if it names one
     * @param said  first divergence, or the test that failed and its message, in one line
     * @param named the hypotheses that the gate names, if it was asked
     */
    record Failed(Optional<FaultStage> stage, String said, List<String> named) implements SuiteResult {
        Failed(Optional<FaultStage> stage, String said) {
            this(stage, said, List.of());
        }
    }

    /**
     * The process ended or hung.
     *
     * @param stage what the program that ended is about, if that is one stage
     */
    record Crashed(Optional<FaultStage> stage, String said) implements SuiteResult {
    }

    /** The suite did not run, because another had noticed the fault before. */
    record NotRun() implements SuiteResult {
    }

    default boolean kills() {
        return this instanceof Failed || this instanceof Crashed;
    }

    default String text() {
        return switch (this) {
            case Passed(int checks) -> "passed " + checks;
            case Failed failed -> failed.said();
            case Crashed(Optional<FaultStage> stage, String said) -> "CRASH: " + said;
            case NotRun() -> word();
        };
    }

    /** One word, for the table in CSV. */
    default String word() {
        return switch (this) {
            case Passed passed -> "passed";
            case Failed failed -> "failed";
            case Crashed crashed -> "crashed";
            case NotRun nothing -> "not run";
        };
    }

    /** A word or two that say what became of the fault, for the table in the report. */
    default String fate() {
        return switch (this) {
            case Passed passed -> "alive";
            case Failed failed -> "killed";
            case Crashed crashed -> "killed, crash";
            case NotRun nothing -> "-";
        };
    }
}
