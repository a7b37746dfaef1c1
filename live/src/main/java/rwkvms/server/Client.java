package rwkvms.server;

import io.helidon.common.socket.HelidonSocket;

/**
 * The other end of a connection while its request is worked on. Looking for a hang-up costs a reader of its own, which the
 * next request of the connection has to wait for: so only a request that takes long is looked after.
 */
final class Client {
    private static final long LOOK_AFTER_NANOS = 100_000_000;

    private final HelidonSocket socket;
    private final long since = System.nanoTime();

    Client(HelidonSocket socket) {
        this.socket = socket;
    }

    /** Passes while the client is there. */
    void check() {
        if (System.nanoTime() - since > LOOK_AFTER_NANOS) {
            socket.idle();
            if (!socket.isConnected()) {
                throw new HungUp();
            }
        }
    }
}
