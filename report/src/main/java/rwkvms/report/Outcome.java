package rwkvms.report;

import java.util.List;
import java.util.Optional;

/** What came of one thing that a command judges. */
public sealed interface Outcome {
    /**
     * It is right.
     *
     * @param mistrusted why that says little, such as a tensor of only zeros; changes no verdict
     */
    record Passed(List<String> mistrusted) implements Outcome {
        public Passed {
            mistrusted = List.copyOf(mistrusted);
        }

        public Passed() {
            this(List.of());
        }
    }

    /** It is wrong, for at least one reason. */
    record Failed(List<String> reasons) implements Outcome {
        public Failed {
            if (reasons.isEmpty()) {
                throw new IllegalArgumentException("a failure has a reason");
            }
            reasons = List.copyOf(reasons);
        }

        public Failed(String reason) {
            this(List.of(reason));
        }
    }

    /** Nobody looked; it counts neither as judged nor as right. */
    record NotEvaluated(String reason) implements Outcome {
    }

    /** Why it failed; empty if it did not. */
    default List<String> reasons() {
        return this instanceof Failed(List<String> reasons) ? reasons : List.of();
    }

    /** Why a pass says little; empty if it says what a pass says, or is none. */
    default List<String> mistrusted() {
        return this instanceof Passed(List<String> mistrusted) ? mistrusted : List.of();
    }

    /** Why it was not evaluated; empty if it was. */
    default Optional<String> notEvaluated() {
        return this instanceof NotEvaluated(String reason) ? Optional.of(reason) : Optional.empty();
    }

    /** Returns failed if something is wrong, else passed. */
    static Outcome of(List<String> wrong) {
        return wrong.isEmpty() ? new Passed() : new Failed(wrong);
    }
}
