package rwkvms.live.health;

import java.io.IOException;
import java.util.List;

/**
 * One check: it passes if it returns, fails with a {@link ServerException} or an {@link IOException}, and is not
 * evaluated with {@link NotGivenException}.
 */
interface Check {
    void run(Facts facts) throws IOException;

    /** Something that the check needs was not given. */
    final class NotGivenException extends RuntimeException {
        private static final long serialVersionUID = 1;

        NotGivenException(String reason) {
            super(reason, null, false, false);
        }
    }

    /** Cannot look if all answers are empty: that does not show that they are the same. */
    static void requireSomething(List<String> answers) {
        if (answers.stream().allMatch(String::isBlank)) {
            throw new NotGivenException("not answered: the server says nothing");
        }
    }

    /** Fails the check unless two answers are the same. */
    static void requireSame(String what, String expected, String found) {
        String difference = Trace.difference(expected, found);
        require(difference.isEmpty(), what + ": " + difference);
    }

    /** Fails the check unless something holds. */
    static void require(boolean holds, String problem) {
        if (!holds) {
            throw new ServerException(problem);
        }
    }
}
