package rwkvms.health;

import java.time.Duration;
import java.util.List;

/**
 * One check's result.
 *
 * @param name    of the check, as in the JSON
 * @param outcome what it ended with
 * @param facts   what was measured, in the order of measuring
 */
public record Finding(String name, Outcome outcome, List<String> facts, Duration took) {
    /** What a check ends with. */
    public sealed interface Outcome {
    }

    /** The server does as it must. */
    public record Passed() implements Outcome {
    }

    /** It does not. */
    public record Failed(String reason) implements Outcome {
    }

    /** Nobody looked, because something was not given. */
    public record NotEvaluated(String reason) implements Outcome {
    }

    public Finding {
        facts = List.copyOf(facts);
    }

    /** Whether the check looked and the server failed it. */
    public boolean failed() {
        return outcome instanceof Failed;
    }
}
