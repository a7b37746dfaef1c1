package rwkvms.live.health;

import java.io.IOException;

/**
 * One check. Returning is passing; a {@link ServerException} or an {@link IOException} fails it, and {@link NotGiven} says that
 * it cannot look.
 */
interface Check {
    void run(Facts facts) throws IOException;

    /** Something that the check needs was not given. */
    final class NotGiven extends RuntimeException {
        private static final long serialVersionUID = 1;

        NotGiven(String reason) {
            super(reason, null, false, false);
        }
    }

    /** Fails the check unless something holds. */
    static void require(boolean holds, String problem) {
        if (!holds) {
            throw new ServerException(problem);
        }
    }
}
