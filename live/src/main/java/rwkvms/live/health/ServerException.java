package rwkvms.live.health;

/** A server did not answer as HTTP asks, or not in time: which request, what was expected, what was found. */
public final class ServerException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ServerException(String problem) {
        super(problem);
    }
}
