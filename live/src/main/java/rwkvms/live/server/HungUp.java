package rwkvms.live.server;

/** The client has hung up, so nobody waits for the answer. */
final class HungUp extends RuntimeException {
    private static final long serialVersionUID = 1;

    HungUp() {
        super("the client hung up", null, false, false);
    }
}
