package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code gate devices}, and {@code --device} of other commands. */
final class DeviceCommandTests {
    private static final Path BASIC = GateRun.GOLDEN.resolve("basic");

    @TempDir
    private Path folder = Path.of("");

    @Test
    void theProcessorIsAlwaysThere() throws Exception {
        GateRun run = GateRun.of("devices", "--json", "--report", folder);

        assertThat(run.code()).as(run.err()).isZero();
        JsonNode processor = run.json().path("devices").path(0);
        assertThat(processor.path("name").asText()).isEqualTo("CPU");
        assertThat(processor.path("kind").asText()).isEqualTo("processor");
        assertThat(processor.path("description").asText()).isNotBlank();
        assertThat(processor.path("memory_total").asLong()).isPositive();
        assertThat(processor.path("memory_free").asLong()).isPositive();
        assertThat(run.json().path("reproduce").asText()).endsWith("gate devices");
        assertThat(folder.resolve("verdict.json")).exists();
    }

    @Test
    void asATableForPeople() {
        GateRun run = GateRun.of("devices");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).containsPattern("(?m)^CPU +processor +[0-9.]+ of [0-9.]+ GiB free  ")
                .containsPattern("passed: [1-9][0-9]* devices?, [0-9]+ librar(y|ies) without one\\R$");
    }

    /** The processor's figures are not those of a device: nothing is compared, and nothing passes. */
    @Test
    void aCheckOnAnotherDeviceIsNotEvaluated() throws Exception {
        GateRun run = GateRun.of("check", "--fixture", BASIC, "--device", "Vulkan0", "--json");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.json().path("ok").asBoolean()).isFalse();
        assertThat(run.json().path("compared").asInt()).isZero();
        assertThat(run.json().path("errors").path(0).asText()).isEqualTo(
                "--device Vulkan0: not evaluated: this gate computes the memory's own graphs on CPU only");
        assertThat(run.json().path("reproduce").asText()).endsWith(" --device Vulkan0");
    }

    @Test
    void aCheckSaysWhereItComputed() throws Exception {
        GateRun run = GateRun.of("check", "--fixture", BASIC, "--device", "CPU", "--json");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.json().at("/provenance/device").asText()).isEqualTo("CPU");
        assertThat(run.json().path("reproduce").asText()).endsWith(" --device CPU");
    }

    @Test
    void aServerStartsOnTheDeviceThatIsAskedForOrNotAtAll() {
        GateRun run = GateRun.of("serve", "--port", "0", "--for", "1", "--device", "Vulkan77");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains("gate: device Vulkan77: expected one of CPU")
                .contains(", found no device of that name");
    }
}
