package rwkvms.probe;

import java.util.List;
import java.util.Optional;

/**
 * A check and what came of it.
 *
 * @param name         with its part in front, such as {@code golden: basic}
 * @param notEvaluated why it says nothing
 * @param problems     what is wrong; empty where it passed or was not evaluated
 */
public record ProbeResult(String name, Optional<String> notEvaluated, List<String> problems) {
    public ProbeResult {
        problems = List.copyOf(problems);
    }

    public boolean passed() {
        return notEvaluated.isEmpty() && problems.isEmpty();
    }
}
