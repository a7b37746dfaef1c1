package rwkvms.live.server;

/** The client has hung up, so nobody waits for the answer. */
final class HungUpException extends RuntimeException {
    private static final long serialVersionUID = 1;

    HungUpException() {
        super("the client hung up", null, false, false);
    }
}
