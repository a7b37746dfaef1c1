package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.runtime.RuntimeFailure;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.validation.SidecarReader;
import rwkvms.state.StateDamage;
import rwkvms.state.StateIdentity;
import rwkvms.state.StateReader;

/** {@code gate state inspect} and {@code corrupt}. */
final class StateCommandTests {
    private static final String MARKER = "RMVS\2\0\0\0";

    @TempDir
    private Path folder = Path.of("");

    private Path slot = Path.of("");
    private byte[] payload = {};

    /** A slot file as a server writes it: the host's bytes, the payload of a new session, more of the host's. */
    @BeforeEach
    void writeSlot() throws Exception {
        payload = StateSlots.of("basic");
        slot = Files.write(folder.resolve("slot.bin"), bytes("host", payload, "more of the host"));
    }

    private static byte[] bytes(String before, byte[] middle, String after) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(before.getBytes(StandardCharsets.ISO_8859_1));
        out.write(middle);
        out.write(after.getBytes(StandardCharsets.ISO_8859_1));
        return out.toByteArray();
    }

    @Test
    void ownPayloadIsShownWithItsNames() throws Exception {
        GateRun run = GateRun.of("state", "inspect", slot);
        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        String fingerprint;
        try (Sidecar sidecar = SidecarReader.open(EditedFixture.sidecar("basic"))) {
            fingerprint = StateIdentity.of(sidecar).fingerprint();
        }
        assertThat(run.out()).isEqualToNormalizingNewlines("""
                file                     %s
                offset                   4
                version                  2
                layout                   own
                target_layer_count       2
                num_states               4
                num_state_heads          1
                rank                     8
                chunk_size               1024
                fingerprint              %s
                bytes                    %d
                checksum                 holds

                layer             position  max abs state  max abs previous source
                    0                    0        0.00000                  0.00000
                    1                    0        0.00000                  0.00000
                """.formatted(slot, fingerprint, payload.length));
        JsonNode json = GateRun.of("state", "inspect", slot, "--json").own();
        assertThat(json).hasToString("""
                {"ok":true,"errors":[],"file":"%s","offset":4,"version":2,"layout":"own","target_layer_count":2,\
                "num_states":4,"num_state_heads":1,"rank":8,"chunk_size":1024,"fingerprint":"%s","bytes":%d,\
                "checksum":"holds","layers":[\
                {"layer":0,"position":0,"max_abs_state":0.0,"max_abs_previous_source":0.0},\
                {"layer":1,"position":0,"max_abs_state":0.0,"max_abs_previous_source":0.0}]}""".formatted(slot,
                fingerprint, payload.length));
    }

    @Test
    void foreignPayloadHasNumbersAndNoNames() throws Exception {
        byte[] foreign = bytes(MARKER + "\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5\0\0\0", new byte[32], "whatever it holds");
        Path file = Files.write(folder.resolve("foreign.bin"), foreign);
        assertThat(GateRun.of("state", "inspect", file).out().lines()).containsExactly(
                "file                     " + file, "offset                   0", "version                  2",
                "layout                   foreign", "numbers                  [1, 2, 3, 4, 5]",
                "fingerprint              " + "00".repeat(32));
        assertThat(GateRun.of("state", "inspect", file, "--json").own())
                .hasToString("{\"ok\":true,\"errors\":[],\"file\":\"" + file + "\",\"offset\":0,\"version\":2,"
                        + "\"layout\":\"foreign\",\"numbers\":[1,2,3,4,5],\"fingerprint\":\"" + "00".repeat(32)
                        + "\"}");
        GateRun corrupt = GateRun.of("state", "corrupt", file, "--what", "value", "--out", folder.resolve("bad"));
        assertThat(corrupt.code()).isEqualTo(2);
        assertThat(corrupt.errors()).containsExactly("gate: " + file
                + ": the state payload at byte 0 has a foreign layout behind its fingerprint: expected one of [magic,"
                + " version, layers, num-states, num-state-heads, rank, chunk-size, fingerprint, truncate], found"
                + " value");
    }

    @Test
    void damagedPayloadExits1() throws Exception {
        byte[] bytes = Files.readAllBytes(slot);
        bytes[4 + 70] ^= 1;
        Files.write(slot, bytes);
        GateRun run = GateRun.of("state", "inspect", slot);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.errors()).containsExactly("gate: " + slot + ": state payload at byte 4: checksum: expected the"
                + " SHA-256 of what stands before it, found another; the payload is damaged");
        assertThat(run.out().lines()).contains("checksum                 differs");
        Path report = folder.resolve("report");
        JsonNode json = GateRun.of("state", "inspect", slot, "--json", "--report", report).json();
        assertThat(json.path("ok").booleanValue()).isFalse();
        assertThat("gate: " + json.at("/errors/0").textValue()).isEqualTo(run.errors().getFirst());
        assertThat(report.resolve("summary.md")).content().startsWith("# gate state inspect\n\n- **FAILED**: `" + slot);
    }

    @ParameterizedTest
    @EnumSource(StateDamage.class)
    void corruptWritesACopyWithThatFaultAlone(StateDamage what) throws Exception {
        Path alone = Files.write(folder.resolve("alone.bin"), payload);
        Path out = folder.resolve("bad.bin");
        GateRun run = GateRun.of("state", "corrupt", alone, "--what", what.label(), "--out", out);
        assertThat(run.code()).isZero();
        assertThat(run.out()).isEqualTo(out + ": " + what.label()
                + " damaged, payload at byte 0; a restore must refuse it" + System.lineSeparator());
        assertThat(Files.readAllBytes(alone)).isEqualTo(payload);
        byte[] damaged = Files.readAllBytes(out);
        try (Sidecar sidecar = SidecarReader.open(EditedFixture.sidecar("basic"))) {
            StateIdentity identity = StateIdentity.of(sidecar);
            assertThat(catchThrowableOfType(RuntimeFailure.class,
                    () -> StateReader.read(identity, damaged)).fault()).contains(what.fault());
        }
    }

    @Test
    void fingerprintIsFlippedAsTheLiveHealthCheckDoes() throws Exception {
        Path out = folder.resolve("bad.bin");
        JsonNode json = GateRun.of("state", "corrupt", slot, "--what", "fingerprint", "--out", out, "--json").own();
        byte[] expected = Files.readAllBytes(slot);
        expected[4 + 28] ^= 1;
        assertThat(Files.readAllBytes(out)).isEqualTo(expected);
        assertThat(json.toString()).isEqualTo("{\"ok\":true,\"errors\":[],\"file\":\"" + slot + "\",\"out\":\"" + out
                + "\",\"what\":\"fingerprint\",\"offset\":4}");
    }

    @Test
    void neitherTheOriginalNorAnotherFileIsOverwritten() throws Exception {
        Path out = Files.writeString(folder.resolve("bad.bin"), "mine");
        assertThat(GateRun.of("state", "corrupt", slot, "--what", "magic", "--out", out).errors())
                .containsExactly("gate: " + out + ": expected no such file; --force overwrites it");
        assertThat(Files.readString(out)).isEqualTo("mine");
        assertThat(GateRun.of("state", "corrupt", slot, "--what", "magic", "--out", out, "--force").code()).isZero();
        assertThat(GateRun.of("state", "corrupt", slot, "--what", "magic", "--out", slot, "--force").errors())
                .containsExactly("gate: " + slot + ": expected another file than the one to be damaged");
        assertThat(Arrays.copyOfRange(Files.readAllBytes(slot), 4, 8)).containsExactly('R', 'M', 'V', 'S');
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "RMVS", "a text without a payload", "RMVS\3\0\0\0 of another version, and long enough"})
    void fileWithoutPayloadExits2(String text) throws Exception {
        Path file = Files.write(folder.resolve("other.bin"), bytes(text, new byte[0], ""));
        GateRun run = GateRun.of("state", "inspect", file);
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors()).containsExactly("gate: " + file
                + ": expected a state payload (RMVS, version 2, fingerprint), found none in " + text.length()
                + " bytes; save a slot of a runtime with a sidecar");
    }

    @Test
    void usageIsTold() {
        assertThat(GateRun.of("state", "corrupt", "--help").out().replaceAll("\\s+", " ")).contains(
                "The fault: magic, version, layers, num-states, num-state-heads, rank, chunk-size, fingerprint, length,"
                        + " checksum, layer, position, value, truncate.");
        assertThat(GateRun.of("state").errors()).startsWith("gate: expected a command: inspect or corrupt, found none");
        GateRun run = GateRun.of("state", "corrupt", slot, "--what", "everything", "--out", folder.resolve("bad"));
        assertThat(run.code()).isEqualTo(64);
        assertThat(run.errors().getFirst()).isEqualTo("gate: Invalid value for option '--what': expected one of [magic,"
                + " version, layers, num-states, num-state-heads, rank, chunk-size, fingerprint, length, checksum,"
                + " layer, position, value, truncate], found everything");
    }
}
