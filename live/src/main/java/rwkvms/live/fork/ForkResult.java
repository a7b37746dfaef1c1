package rwkvms.live.fork;

import java.util.List;
import rwkvms.child.Child;

/**
 * A case and its result.
 *
 * @param command  the call, as it was made
 * @param problems empty if the executable agrees with us
 */
public record ForkResult(ForkCase asked, List<String> command, Child.Run run, List<String> problems) {
    public ForkResult {
        command = List.copyOf(command);
        problems = List.copyOf(problems);
    }

    /** Whether the case was judged at all; a crash is judged even in a case that nobody evaluates. */
    public boolean judged() {
        return asked.wanted() != ExpectedAnswer.ANY || !problems.isEmpty();
    }
}
