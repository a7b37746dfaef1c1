package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.fixtures.Sha256;

/** {@code gate sidecar validate} and {@code inspect}. */
final class SidecarCommandTests {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void aSoundSidecarIsValid() throws Exception {
        Path sidecar = Edited.sidecar("basic");
        GateRun json = GateRun.of("sidecar", "validate", sidecar, "--base", Edited.base(), "--json");

        assertThat(json.code()).isZero();
        assertThat(json.err()).isEmpty();
        assertThat(json.json().at("/base/sha256").textValue()).isEqualTo(Sha256.of(Edited.base()));
        assertThat(json.json().at("/base/engine").textValue()).isEqualTo("the JDK's MessageDigest");
        assertThat(json.json().at("/base/bytes").longValue()).isEqualTo(Files.size(Edited.base()));
        assertThat(GateRun.of("sidecar", "validate", sidecar, "--json").out().strip())
                .isEqualTo("{\"ok\":true,\"errors\":[],\"file\":\"" + sidecar
                        + "\",\"omitted\":0,\"container\":{\"GGUF\":\"TAKES\",\"GGML\":\"TAKES\"},\"findings\":[]}");
        assertThat(GateRun.of("sidecar", "validate", sidecar).out())
                .isEqualTo(String.format("container: the GGUF specification takes it, ggml's reader takes it%n"
                        + "%s: valid, 0 findings%n", sidecar));
    }

    @Test
    void aFindingOfSeverityErrorExits1AndHasItsPlace() throws Exception {
        Path text = Files.writeString(folder.resolve("text.gguf"), "hello, no GGUF at all");

        GateRun plain = GateRun.of("sidecar", "validate", text);
        GateRun json = GateRun.of("sidecar", "validate", "--json", text);

        assertThat(plain.code()).isEqualTo(1);
        assertThat(plain.out().lines()).containsExactly(
                "ERROR GGUF_MAGIC magic at byte 0: not a GGUF file: expected 0x46554747 (\"GGUF\"), found 0x6c6c6568",
                "container: the GGUF specification refuses it, ggml's reader refuses it",
                text + ": NOT VALID, 1 finding");
        assertThat(plain.err()).isEmpty();
        assertThat(json.code()).isEqualTo(1);
        assertThat(json.json().at("/ok").booleanValue()).isFalse();
        JsonNode finding = json.json().at("/findings/0");
        assertThat(finding.at("/code").textValue()).isEqualTo("GGUF_MAGIC");
        assertThat(finding.at("/severity").textValue()).isEqualTo("ERROR");
        assertThat(finding.at("/kind").textValue()).isEqualTo("MALFORMED");
        assertThat(finding.at("/byte_offset").intValue()).isZero();
        assertThat(finding.at("/found").textValue()).isEqualTo("0x6c6c6568");
        assertThat(finding.at("/container").toString()).isEqualTo("{\"GGUF\":\"REFUSES\",\"GGML\":\"REFUSES\"}");
    }

    @Test
    void everyFindingIsListed() throws Exception {
        byte[] whole = Files.readAllBytes(Edited.sidecar("basic"));
        Path cut = Files.write(folder.resolve("cut.gguf"), Arrays.copyOf(whole, whole.length / 2));

        GateRun run = GateRun.of("sidecar", "validate", cut);

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out().lines().filter(line -> line.startsWith("ERROR TENSOR_DATA "))).hasSize(62);
        assertThat(run.out()).endsWith(String.format("container: the GGUF specification refuses it, "
                + "ggml's reader takes its header and fails at its data%n%s: NOT VALID, 62 findings%n", cut));
    }

    @Test
    void whatTheRuntimeDoesNotHonourIsAnErrorToo() throws Exception {
        GateRun run = GateRun.of("sidecar", "validate", Edited.sidecar("heads-2"), "--json");

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.json().at("/findings/0/code").textValue()).isEqualTo("NUM_STATE_HEADS");
        assertThat(run.json().at("/findings/0/kind").textValue()).isEqualTo("UNSUPPORTED");
    }

    @Test
    void anotherBaseIsAFinding() throws Exception {
        Path other = Files.writeString(folder.resolve("other.gguf"), "another model");

        GateRun run = GateRun.of("sidecar", "validate", Edited.sidecar("basic"), "--base", other);

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).startsWith("ERROR BASE_SHA256_DIFFERS ").contains(Sha256.of(other));
    }

    @ParameterizedTest
    @ValueSource(strings = {"validate", "inspect"})
    void anUnreadableFileExits2(String command) throws Exception {
        Path none = folder.resolve("none.gguf");

        for (Path file : new Path[]{none, folder}) {
            GateRun run = GateRun.of("sidecar", command, file);
            GateRun json = GateRun.of("sidecar", command, file, "--json");
            String problem = file + ": expected a readable file, found " + (file.equals(none) ? "none" : "a folder");

            assertThat(run.code()).isEqualTo(2);
            assertThat(run.out()).isEmpty();
            assertThat(run.errors()).containsExactly("gate: " + problem);
            assertThat(json.code()).isEqualTo(2);
            assertThat(json.errors()).isEqualTo(run.errors());
            assertThat(json.json().at("/ok").booleanValue()).isFalse();
            assertThat(json.json().at("/errors/0").textValue()).isEqualTo(problem);
        }
        assertThat(GateRun.of("sidecar", command, none, "--debug").err()).contains("\tat rwkvms.cli.");
    }

    @Test
    void anUnreadableBaseExits2() {
        GateRun run = GateRun.of("sidecar", "validate", Edited.sidecar("basic"), "--base", folder);

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors()).containsExactly("gate: " + folder + ": expected a readable file, found a folder");
    }

    @Test
    void inspectShowsConfigurationAndTensors() throws Exception {
        JsonNode json = GateRun.of("sidecar", "inspect", Edited.sidecar("basic"), "--json").json();

        assertThat(json.at("/ok").booleanValue()).isTrue();
        assertThat(json.at("/errors")).isEmpty();
        assertThat(json.at("/num_state_heads").intValue()).isEqualTo(1);
        assertThat(json.at("/base_gguf_sha256").textValue()).isEqualTo(Sha256.of(Edited.base()));
        assertThat(json.at("/target_layers").toString()).isEqualTo("[0,1]");
        assertThat(json.at("/delta_heads").toString()).isEqualTo("[\"q\",\"o\"]");
        assertThat(json.at("/tensors")).hasSize(62);
        assertThat(json.at("/tensors/0/name").textValue()).isEqualTo("blk.0.mem_q");
        assertThat(json.at("/tensors/0/dtype").textValue()).isEqualTo("bfloat16");
        assertThat(json.at("/tensors/0/shape/1").intValue()).isEqualTo(json.at("/hidden_size").intValue());
    }

    @Test
    void inspectIsReadable() {
        GateRun run = GateRun.of("sidecar", "inspect", Edited.sidecar("basic"));

        assertThat(run.code()).isZero();
        assertThat(run.out().lines()).contains("rank                         8", "target_layers                [0, 1]",
                "delta_heads                  [q, o]",
                "blk.0.delta_q                        bfloat16  [96, 8]              768").doesNotContain("ok");
    }

    @Test
    void inspectRefusesWhatNobodyCanUse() {
        GateRun run = GateRun.of("sidecar", "inspect", Edited.base());

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors()).singleElement().asString().startsWith("gate: " + Edited.base() + ": ")
                .endsWith("; 'gate sidecar validate' lists every finding");
    }
}
