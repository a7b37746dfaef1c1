package rwkvms.live.server;

import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Serves a routing over HTTP, without the limits of a {@link GateServer}. */
final class PlainServer {
    /** A reference that keeps the logger, and so its level, from being collected. */
    private static final Logger HELIDON = Logger.getLogger("io.helidon");

    private PlainServer() {
    }

    static WebServer start(HttpRouting.Builder routing) {
        HELIDON.setLevel(Level.SEVERE);
        return WebServer.builder().host("127.0.0.1").port(0).protocolsDiscoverServices(false)
                .featuresDiscoverServices(false).shutdownHook(false).addProtocol(Http1Config.create())
                .routing(routing).build().start();
    }
}
