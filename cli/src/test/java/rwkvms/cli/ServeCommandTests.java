package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code gate serve} as its users see it: it tells where it listens, answers, and stops. */
final class ServeCommandTests {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void servesTheTinyModelUntilItIsStopped() throws Exception {
        Serving serving = Serving.in(folder);
        try (HttpClient client = HttpClient.newHttpClient()) {
            var models = client.send(HttpRequest.newBuilder(URI.create(serving.url() + "/models")).build(),
                    BodyHandlers.ofString());
            assertThat(models.body()).contains("\"id\":\"tiny-gemma4\"");
        }

        assertThat(serving.stop()).isZero();
        assertThat(Files.readString(serving.log())).contains("RWKV-MS runtime is active", "n_slots = 1");
        assertThat(serving.slots()).isEmptyDirectory();
    }

    @Test
    void withoutItsFilesItCannotServe() {
        GateRun run = GateRun.of("serve", "--model", folder.resolve("none.gguf"), "--sidecar", folder);

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors()).containsExactly(
                "gate: " + folder.resolve("none.gguf") + ": expected a readable file, found none");
    }
}
