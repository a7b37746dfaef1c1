package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.report.Verdict;

/** {@code gate health} as its users see it. */
final class HealthCommandTests {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void ourOwnServerIsHealthy() throws Exception {
        try (Serving serving = Serving.in(folder)) {
            Path output = folder.resolve("health.json");
            GateRun run = GateRun.of("health", "--base-url", serving.url(), "--server-log", serving.log(),
                    "--slot-save-path", serving.slots(), "--output", output, "--report", folder.resolve("report"));

            assertThat(run.out()).contains("slot_corruption").endsWith("passed: 12 of 12 checks of " + serving.url()
                    + ", 2 not evaluated" + System.lineSeparator());
            assertThat(run.code()).isEqualTo(Verdict.PASSED);
            assertThat(new ObjectMapper().readTree(output.toFile()).path("ok").asBoolean()).isTrue();
            assertThat(folder.resolve("report/summary.md")).content()
                    .contains("| not evaluated | reference_trace | not given: --trace |");
            assertThat(folder.resolve("report/allure-results")).isNotEmptyDirectory();
        }
    }

    @Test
    void serverThatIsNotThereFails() throws Exception {
        Path log = Files.writeString(folder.resolve("server.log"), "");
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        GateRun run = GateRun.of("health", "--base-url", "http://127.0.0.1:" + port + "/v1/", "--server-log", log,
                "--json");

        assertThat(run.code()).isEqualTo(Verdict.FAILED);
        assertThat(run.json().path("ok").asBoolean()).isFalse();
        assertThat(run.json().path("base_url").asText()).isEqualTo("http://127.0.0.1:" + port + "/v1");
        assertThat(run.json().path("errors").path(0).asText())
                .startsWith("alive: GET /health: expected an answer, found ");
        assertThat(run.json().path("reproduce").asText()).contains("health --base-url http://127.0.0.1:" + port);
    }

    @Test
    void withoutTheLogItCannotJudge() {
        GateRun run = GateRun.of("health", "--server-log", folder.resolve("none.log"));

        assertThat(run.code()).isEqualTo(Verdict.COULD_NOT_JUDGE);
        assertThat(run.errors())
                .containsExactly("gate: " + folder.resolve("none.log") + ": expected a readable file, found none");
    }
}
