package rwkvms.live.health;

/** A server did not answer properly or in time; the message names the request, what was expected and what was found. */
public final class ServerException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ServerException(String problem) {
        super(problem);
    }
}
