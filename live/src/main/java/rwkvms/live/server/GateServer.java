package rwkvms.live.server;

import io.helidon.http.DirectHandler.EventType;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.logging.Level;
import java.util.logging.Logger;
import rwkvms.sidecar.Sidecar;

/** The HTTP server with its slot, queue and paths; it runs until it is closed. */
public final class GateServer implements AutoCloseable {
    private static final Duration GRACE = Duration.ofSeconds(2);
    private static final int MAX_CONNECTIONS = 1024;
    private static final int MAX_TARGET = 2048;
    private static final int MAX_HEADERS = 16_384;
    /** A reference that keeps the logger, and so its level, from being collected. */
    private static final Logger HELIDON = Logger.getLogger("io.helidon");

    private final Slot slot;
    private final Turns turns;
    private final WebServer server;

    private GateServer(Slot slot, Turns turns, WebServer server) {
        this.slot = slot;
        this.turns = turns;
        this.server = server;
    }

    /**
     * The settings of a server.
     *
     * @param host       the address to listen on
     * @param port       0 for any free port
     * @param context    tokens of the slot, a multiple of 256
     * @param alias      name of the model
     * @param slotFolder the folder of saved slots, created if needed
     */
    public record Settings(String host, int port, int context, int threads, String alias, Path slotFolder) {
    }

    /** Starts a server; {@link IOException} if it cannot listen. The caller closes the model after the server. */
    public static GateServer start(ServedModel model, Settings settings, PrintWriter logTo) throws IOException {
        HELIDON.setLevel(Level.SEVERE);
        requireFree(settings.host(), settings.port());
        ServerLog log = new ServerLog(logTo);
        Slot slot = new Slot(model, settings.context(), settings.threads(), log);
        try {
            slot.requirePlace();
            Turns turns = new Turns();
            Handlers handlers = handlers(model, slot, turns, settings, log);
            Files.createDirectories(settings.slotFolder());
            describe(model, settings, log);
            return new GateServer(slot, turns, listen(handlers, settings, log));
        } catch (IOException | RuntimeException e) {
            slot.close();
            throw e;
        }
    }

    /**
     * Requires that a server can listen there.
     *
     * @throws IOException that names address and port, if it cannot
     */
    public static void requireFree(String host, int port) throws IOException {
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw cannotListen(host, port, new UnknownHostException("expected an address, found an unknown name"));
        }
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(address);
        } catch (SocketException e) {
            throw cannotListen(host, port, e);
        }
    }

    private static IOException cannotListen(String host, int port, Exception e) {
        return new IOException(host + ":" + port + ": cannot listen: " + e.getMessage(), e);
    }

    private static Handlers handlers(ServedModel model, Slot slot, Turns turns, Settings settings, ServerLog log)
            throws IOException {
        try {
            return new Handlers(model, slot, turns, settings, log);
        } catch (IllegalArgumentException e) {
            throw new IOException(model.base() + ": " + e.getMessage(), e);
        }
    }

    private static WebServer listen(Handlers handlers, Settings settings, ServerLog log) throws IOException {
        try {
            WebServer server = WebServer.builder().host(settings.host()).port(settings.port())
                    .protocolsDiscoverServices(false).featuresDiscoverServices(false)
                    .addConnectionSelector(new OldHttp(Http1Config.builder().maxPrologueLength(MAX_TARGET)
                            .maxHeadersSize(MAX_HEADERS).receiveLog(false).sendLog(false).build()))
                    .maxPayloadSize(Bodies.MAX_BYTES).maxTcpConnections(MAX_CONNECTIONS).shutdownGracePeriod(GRACE)
                    .shutdownHook(false)
                    .directHandlers(errors(log)).routing(HttpRouting.builder().register(handlers)).build().start();
            // Helidon reports a failure only in its own log.
            if (!server.isRunning()) {
                throw new IllegalStateException("expected a port that is free and may be listened on, found another");
            }
            log.line("listening on http://" + settings.host() + ":" + server.port());
            return server;
        } catch (RuntimeException e) {
            throw cannotListen(settings.host(), settings.port(), e);
        }
    }

    /** Logs what a client of a sidecar runtime must know, in the words that a health check looks for. */
    private static void describe(ServedModel model, Settings settings, ServerLog log) {
        Sidecar sidecar = model.sidecar();
        log.line("model " + model.base() + ", sidecar " + model.sidecarFile());
        log.line("RWKV-MS runtime is active: layers " + sidecar.layers() + ", fingerprint "
                + HexFormat.of().formatHex(model.memory().fingerprint()));
        log.line("RWKV-MS sidecar runtime is constrained: one sequence, one token per microbatch, no context shift, no "
                + "removal of a part of the sequence");
        log.line("n_slots = 1, n_ctx = " + settings.context());
        log.line("prompt cache is disabled: a sequence is continued in the slot, or computed anew");
        log.line("context checkpoints disabled: the memory cannot go back to one");
        log.line("RWKV-MS does not support warmup: it would leave tokens in the memory");
        log.line("slot save/restore is experimental: files of this runtime alone, in " + settings.slotFolder());
    }

    /** Makes what Helidon refuses before it looks at a path an error in JSON, as all others are. */
    private static DirectHandlers errors(ServerLog log) {
        TransportErrors handler = new TransportErrors(log);
        DirectHandlers.Builder handlers = DirectHandlers.builder();
        for (EventType type : EventType.values()) {
            handlers.addHandler(type, handler);
        }
        return handlers.build();
    }

    public int port() {
        return server.port();
    }

    /** Stops the running answer, then stops listening, and frees the slot. */
    @Override
    public void close() {
        slot.stop();
        turns.stop();
        server.stop();
        slot.close();
    }
}
