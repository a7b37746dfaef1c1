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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.llama.Gemma4Sizes;
import rwkvms.llama.TinyGemma4;
import rwkvms.server.ServedModel;

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
    void servesFilesOfTheUsersOwnForAWhile() throws Exception {
        ServedModel.tiny(folder).close();
        Path base = folder.resolve("tiny-gemma4.gguf");
        Path sidecar = folder.resolve("tiny-sidecar.gguf");
        GateRun run = GateRun.of("serve", "--model", base, "--sidecar", sidecar, "--alias", "mine", "--host", "0.0.0.0",
                "--port", 0, "--url-file", folder.resolve("url"), "--for", 1);

        assertThat(run.code()).isZero();
        String url = Files.readString(folder.resolve("url")).strip();
        assertThat(url).startsWith("http://0.0.0.0:").endsWith("/v1");
        assertThat(run.out()).isEqualTo("serving mine on " + url + System.lineSeparator());
        assertThat(run.errors()).contains("gate: 0.0.0.0: anybody who reaches it may use the server")
                .anyMatch(line -> line.contains("RWKV-MS runtime is active"));
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1, http://127.0.0.1:8080/v1", "localhost, http://localhost:8080/v1",
            "::1, http://[::1]:8080/v1"})
    void theAddressIsOneThatAClientTakes(String host, String url) {
        assertThat(ServeCommand.url(host, 8080)).isEqualTo(url);
    }

    @Test
    void aSidecarOfAnotherBaseIsRefused() throws Exception {
        ServedModel.tiny(folder).close();
        Path other = folder.resolve("other.gguf");
        TinyGemma4.writeSpeaking(other, Gemma4Sizes.speaking(), 5);
        GateRun run = GateRun.of("serve", "--model", other, "--sidecar", folder.resolve("tiny-sidecar.gguf"), "--port",
                0, "--for", 1);

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors()).singleElement().asString().contains("RWKV_MS_E_BASE_SHA256_DIFFERS");
    }

    @Test
    void withoutItsFilesItCannotServe() {
        GateRun run = GateRun.of("serve", "--model", folder.resolve("none.gguf"), "--sidecar", folder);

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors()).containsExactly(
                "gate: " + folder.resolve("none.gguf") + ": expected a readable file, found none");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"--port|-1|expected 0 to 65535, found -1",
            "--port|65536|expected 0 to 65535, found 65536",
            "--ctx-size|0|expected a positive multiple of 256, found 0",
            "--ctx-size|257|expected a positive multiple of 256, found 257",
            "--for|0|expected at least 1 second, found 0", "--threads|0|expected 1 to 256, found 0",
            "--threads|257|expected 1 to 256, found 257"})
    void anOptionBeyondItsLimitIsRefused(String option, String value, String problem) {
        GateRun run = GateRun.of("serve", "--model", folder.resolve("none.gguf"), "--sidecar", folder, option, value);

        assertThat(run.code()).isEqualTo(64);
        assertThat(run.errors()).first().asString().contains(option + ": " + problem);
    }

    @ParameterizedTest
    @CsvSource({"--port, 0", "--port, 65535", "--ctx-size, 256", "--for, 1", "--threads, 1", "--threads, 256"})
    void anOptionAtItsLimitIsTaken(String option, String value) {
        GateRun run = GateRun.of("serve", "--model", folder.resolve("none.gguf"), "--sidecar", folder, option, value);

        assertThat(run.errors()).containsExactly(
                "gate: " + folder.resolve("none.gguf") + ": expected a readable file, found none");
    }

    @Test
    void aModelNeedsItsSidecar() {
        GateRun run = GateRun.of("serve", "--model", folder.resolve("none.gguf"));

        assertThat(run.code()).isEqualTo(64);
        assertThat(run.errors()).first().asString().contains("--model and --sidecar go together");
    }
}
