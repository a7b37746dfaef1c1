package rwkvms.live.fork;

import java.util.List;
import rwkvms.child.Child;

/**
 * A case and what came of it.
 *
 * @param command  the call, as it was made
 * @param problems empty where the executable agrees with us
 */
public record ForkResult(ForkCase asked, List<String> command, Child.Run run, List<String> problems) {
    public ForkResult {
        command = List.copyOf(command);
        problems = List.copyOf(problems);
    }

    /** Whether it was judged at all; a crash of a case that nobody evaluates is judged. */
    public boolean judged() {
        return asked.wanted() != ExpectedAnswer.ANY || !problems.isEmpty();
    }
}
