package rwkvms.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import com.fasterxml.jackson.databind.ObjectMapper;

/** {@code gate serve} on the tiny model, in a thread of this JVM. */
final class RunningServer implements AutoCloseable {
    private final Path folder;
    private final AtomicInteger code = new AtomicInteger(-1);
    private final Thread thread;
    private final String url;

    private RunningServer(Path folder) throws Exception {
        this.folder = folder;
        CompletableFuture<String> told = new CompletableFuture<>();
        this.thread = Thread.ofPlatform().start(() -> code.set(Gate.commandLine().setOut(firstLine(told))
                .execute("serve", "--json", "--port", "0", "--ctx-size", "256", "--slot-save-path", slots().toString(),
                        "--server-log", log().toString(), "--url-file", addressFile().toString())));
        this.url = new ObjectMapper().readTree(told.get(2, TimeUnit.MINUTES)).path("base_url").asText();
    }

    static RunningServer in(Path folder) throws Exception {
        return new RunningServer(folder);
    }

    /** Returns a writer that completes {@code line} with its first line. */
    private static PrintWriter firstLine(CompletableFuture<String> line) {
        StringWriter text = new StringWriter();
        return new PrintWriter(text) {
            @Override
            public void flush() {
                line.complete(text.toString());
            }
        };
    }

    String url() {
        return url;
    }

    Path log() {
        return folder.resolve("server.log");
    }

    Path addressFile() {
        return folder.resolve("url");
    }

    Path slots() {
        return folder.resolve("slots");
    }

    /** Stops it and gives its exit code. */
    int stop() throws InterruptedException {
        thread.interrupt();
        thread.join();
        return code.get();
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
