package rwkvms.live.server;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.stream.Stream;

/** A server on the tiny model in a folder of its own, and a client of it. All tests of a process share the model. */
public final class TinyServer implements AutoCloseable {
    /** Longer than any request of a test takes on a busy machine. */
    static final Duration LIMIT = Duration.ofMinutes(2);
    static final int CONTEXT = 512;

    private final Path folder;
    private final Path log;
    private final GateServer server;
    private final HttpClient client = HttpClient.newHttpClient();

    private TinyServer(Path folder, Path log, GateServer server) {
        this.folder = folder;
        this.log = log;
        this.server = server;
    }

    public static TinyServer start() throws Exception {
        Path folder = Files.createTempDirectory("tiny-server");
        Path log = folder.resolve("server.log");
        GateServer server = GateServer.start(TinyModel.get(),
                new GateServer.Settings("127.0.0.1", 0, CONTEXT, 1, "tiny", folder.resolve("slots")),
                new PrintWriter(Files.newBufferedWriter(log)));
        return new TinyServer(folder, log, server);
    }

    public Path folder() {
        return folder;
    }

    /** The base model's file. */
    public Path base() {
        return TinyModel.get().base();
    }

    public Path sidecar() {
        return TinyModel.get().sidecarFile();
    }

    public Path slots() {
        return folder.resolve("slots");
    }

    public int port() {
        return server.port();
    }

    public Path logFile() {
        return log;
    }

    String log() throws IOException {
        return Files.readString(log);
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port() + path);
    }

    public HttpAnswer get(String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri(path)));
    }

    public HttpAnswer post(String path, String json) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri(path)).header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json)));
    }

    private HttpAnswer send(HttpRequest.Builder request) throws IOException, InterruptedException {
        var response = client.send(request.timeout(LIMIT).build(), BodyHandlers.ofString());
        return new HttpAnswer(response.statusCode(), response.body());
    }

    @Override
    public void close() throws IOException {
        client.close();
        server.close();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
