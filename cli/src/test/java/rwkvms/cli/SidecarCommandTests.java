package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.file.Sha256;

/** {@code gate sidecar validate} and {@code inspect}. */
final class SidecarCommandTests {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void aSoundSidecarIsValid() throws Exception {
        Path sidecar = EditedFixture.sidecar("basic");
        GateRun json = GateRun.of("sidecar", "validate", sidecar, "--base", EditedFixture.base(), "--json");

        assertThat(json.code()).isZero();
        assertThat(json.err()).isEmpty();
        assertThat(json.json().at("/base/sha256").textValue()).isEqualTo(Sha256.of(EditedFixture.base()));
        assertThat(json.json().at("/base/engine").textValue()).isEqualTo("the JDK's MessageDigest");
        assertThat(json.json().at("/base/bytes").longValue()).isEqualTo(Files.size(EditedFixture.base()));
        assertThat(GateRun.of("sidecar", "validate", sidecar, "--json").own())
                .hasToString("{\"ok\":true,\"errors\":[],\"file\":\"" + sidecar
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
        byte[] whole = Files.readAllBytes(EditedFixture.sidecar("basic"));
        Path cut = Files.write(folder.resolve("cut.gguf"), Arrays.copyOf(whole, whole.length / 2));

        GateRun run = GateRun.of("sidecar", "validate", cut);

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out().lines().filter(line -> line.startsWith("ERROR TENSOR_DATA "))).hasSize(62);
        assertThat(run.out()).endsWith(String.format("container: the GGUF specification refuses it, "
                + "ggml's reader takes its header and fails at its data%n%s: NOT VALID, 62 findings%n", cut));
    }

    @Test
    void whatTheRuntimeDoesNotHonourIsAnErrorToo() throws Exception {
        GateRun run = GateRun.of("sidecar", "validate", EditedFixture.sidecar("heads-2"), "--json");

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.json().at("/findings/0/code").textValue()).isEqualTo("NUM_STATE_HEADS");
        assertThat(run.json().at("/findings/0/kind").textValue()).isEqualTo("UNSUPPORTED");
    }

    @Test
    void anotherBaseIsAFinding() throws Exception {
        Path other = Files.writeString(folder.resolve("other.gguf"), "another model");

        GateRun run = GateRun.of("sidecar", "validate", EditedFixture.sidecar("basic"), "--base", other);

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).startsWith("ERROR BASE_SHA256_DIFFERS ").contains(Sha256.of(other));
    }

    @ParameterizedTest
    @ValueSource(strings = {"validate", "inspect"})
    void anUnreadableFileExits2(String command) throws Exception {
        GateRun run = GateRun.of("sidecar", command, folder);
        GateRun json = GateRun.of("sidecar", command, folder, "--json");
        String problem = folder + ": expected a readable file, found a folder";

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.errors()).containsExactly("gate: " + problem);
        assertThat(json.code()).isEqualTo(2);
        assertThat(json.errors()).isEqualTo(run.errors());
        assertThat(json.json().at("/ok").booleanValue()).isFalse();
        assertThat(json.json().at("/errors/0").textValue()).isEqualTo(problem);
        assertThat(GateRun.of("sidecar", command, folder, "--debug").err()).contains("\tat rwkvms.cli.");
    }

    @Test
    void anUnreadableBaseExits2() {
        GateRun run = GateRun.of("sidecar", "validate", EditedFixture.sidecar("basic"), "--base", folder);

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors()).containsExactly("gate: " + folder + ": expected a readable file, found a folder");
    }

    /** Sizes, keys and tensors are at the bytes that the file has them at. */
    @Test
    void inspectSaysWhereThingsAre() throws Exception {
        Path sidecar = EditedFixture.sidecar("basic");
        byte[] bytes = Files.readAllBytes(sidecar);
        JsonNode json = GateRun.of("sidecar", "inspect", sidecar, "--json").json();

        assertThat(json.at("/bytes").intValue()).isEqualTo(bytes.length);
        assertThat(json.at("/sha256").textValue()).isEqualTo(Sha256.of(sidecar));
        assertThat(json.at("/format_version").intValue()).isEqualTo(1);
        assertThat(json.at("/data_start").intValue() + json.at("/data_bytes").intValue()).isEqualTo(bytes.length);
        assertThat(json.at("/keys/0/key").textValue()).isEqualTo("general.architecture");
        assertThat(json.at("/keys/0/type").textValue()).isEqualTo("str");
        int value = json.at("/keys/0/offset").intValue() + Long.BYTES;
        assertThat(new String(bytes, value, 14, StandardCharsets.US_ASCII))
                .isEqualTo(json.at("/keys/0/value").textValue()).isEqualTo("rwkv_ms_memory");
        JsonNode last = json.at("/tensors/61");
        assertThat(last.at("/name").textValue()).isEqualTo("blk.1.rwkv.ln_x.bias");
        assertThat(last.at("/type").textValue()).isEqualTo("BF16");
        int offset = last.at("/offset").intValue();
        assertThat(Sha256.of(MemorySegment.ofArray(bytes).asSlice(offset, last.at("/bytes").longValue())))
                .isEqualTo(last.at("/sha256").textValue());
        assertThat(
                json.at("/keys").valueStream().filter(key -> key.path("key").asText().equals("delta_mem.total_numel")))
                .singleElement().extracting(key -> key.path("value").longValue())
                .isEqualTo(json.at("/values").longValue());
    }

    @Test
    void inspectRefusesWhatNobodyCanUse() {
        GateRun run = GateRun.of("sidecar", "inspect", EditedFixture.base());

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors()).singleElement().asString().startsWith("gate: " + EditedFixture.base() + ": ")
                .endsWith("; 'gate sidecar validate' lists every finding");
    }
}
