package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code gate serve} as its users see it: it tells where it listens, answers, and stops. */
final class ServeCommandTests {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void servesTheTinyModelUntilItIsStopped() throws Exception {
        Path log = folder.resolve("server.log");
        CompletableFuture<String> told = new CompletableFuture<>();
        AtomicInteger code = new AtomicInteger(-1);
        Thread serving = Thread.ofPlatform().start(() -> code.set(Gate.commandLine().setOut(firstLine(told))
                .execute("serve", "--json", "--port", "0", "--ctx-size", "256", "--slot-save-path",
                        folder.resolve("slots").toString(), "--server-log", log.toString())));
        String url = new ObjectMapper().readTree(told.get(2, TimeUnit.MINUTES)).path("base_url").asText();

        try (HttpClient client = HttpClient.newHttpClient()) {
            var models = client.send(HttpRequest.newBuilder(URI.create(url + "/models")).build(),
                    BodyHandlers.ofString());
            assertThat(models.body()).contains("\"id\":\"tiny-gemma4\"");
        }

        serving.interrupt();
        serving.join();
        assertThat(code).hasValue(0);
        assertThat(Files.readString(log)).contains("RWKV-MS runtime is active", "n_slots = 1");
        assertThat(folder.resolve("slots")).isEmptyDirectory();
    }

    /** A writer whose first line can be waited for. */
    private static PrintWriter firstLine(CompletableFuture<String> line) {
        StringWriter text = new StringWriter();
        return new PrintWriter(text) {
            @Override
            public void flush() {
                line.complete(text.toString());
            }
        };
    }

    @Test
    void withoutItsFilesItCannotServe() {
        GateRun run = GateRun.of("serve", "--model", folder.resolve("none.gguf"), "--sidecar", folder);

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors()).containsExactly(
                "gate: " + folder.resolve("none.gguf") + ": expected a readable file, found none");
    }
}
