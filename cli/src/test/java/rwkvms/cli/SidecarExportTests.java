package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code gate sidecar export} of a checkpoint as a training leaves it, without a sidecar's texts and base. */
final class SidecarExportTests {
    private static final String SHA256 = "0123456789abcdef".repeat(4);
    private static final Path BASIC = EditedFixture.sidecar("basic");

    @TempDir
    private Path folder = Path.of("");

    private Path checkpoint = Path.of("");
    private Path target = Path.of("");

    @BeforeEach
    void checkpoint() throws IOException {
        checkpoint = folder.resolve("checkpoint");
        target = folder.resolve("out.gguf");
        assertThat(GateRun.of("sidecar", "materialize", BASIC, checkpoint).code()).isZero();
        Path tensors = checkpoint.resolve("delta_mem_adapter.safetensors");
        Files.write(tensors, withoutMetadata(Files.readAllBytes(tensors)));
    }

    /** Safetensors: the length of a JSON header in 8 bytes, the header, the data. */
    private static byte[] withoutMetadata(byte[] file) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        byte[] header = new byte[(int) in.getLong()];
        in.get(header);
        ObjectNode json = (ObjectNode) new ObjectMapper().readTree(header);
        json.remove("__metadata__");
        byte[] shorter = json.toString().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(Long.BYTES + shorter.length + in.remaining()).order(ByteOrder.LITTLE_ENDIAN)
                .putLong(shorter.length).put(shorter).put(in).array();
    }

    private GateRun export(Object... more) {
        return GateRun.of(GateRun.with(new Object[]{"sidecar", "export", checkpoint, target}, more));
    }

    private JsonNode written() throws IOException {
        return GateRun.of("sidecar", "inspect", target, "--json").json();
    }

    @Test
    void withoutABaseThereIsNoSidecar() {
        assertThat(export()).isEqualTo(new GateRun(64, "",
                String.format("gate: expected --base, --base-sha256 or --like,"
                        + " which name the base model's file that the checkpoint does not name, found none%n"
                        + "usage: 'gate sidecar export --help' lists what it takes%n")));
        assertThat(target).doesNotExist();
    }

    @Test
    void aBaseIsNamedByItsFileOrItsHash() throws Exception {
        assertThat(export("--base", EditedFixture.base()).code()).isZero();
        assertThat(written().path("base_gguf").textValue()).isEqualTo("base.gguf");
        assertThat(written().path("base_gguf_sha256")).isEqualTo(GateRun.of("sidecar", "inspect", BASIC, "--json")
                .json().path("base_gguf_sha256"));
        assertThat(GateRun.of("sidecar", "validate", target, "--base", EditedFixture.base()).code()).isZero();

        assertThat(export("--base-sha256", SHA256, "--base-name", "any.gguf", "--force").code()).isZero();
        assertThat(written().path("base_gguf").textValue()).isEqualTo("any.gguf");
        assertThat(written().path("base_gguf_sha256").textValue()).isEqualTo(SHA256);
        assertThat(written().path("format_version").intValue()).isEqualTo(1);
    }

    @Test
    void likeAnotherItIsTheVeryFile() {
        assertThat(export("--like", BASIC).code()).isZero();
        assertThat(target).hasSameBinaryContentAs(BASIC);
        assertThat(export("--force", "--like", folder.resolve("none"))).isEqualTo(new GateRun(2, "", "gate: "
                + folder.resolve("none") + ": expected a readable file, found none" + System.lineSeparator()));
    }

    @Test
    void theFormatVersionIsAsAskedFor() throws Exception {
        assertThat(export("--like", BASIC, "--format-version", "2").code()).isZero();
        assertThat(written().path("format_version").intValue()).isEqualTo(2);
        assertThat(export("--like", BASIC, "--format-version", "3", "--force"))
                .isEqualTo(new GateRun(64, "", String.format("gate: format version: expected 1 or 2, found 3%n"
                        + "usage: 'gate sidecar export --help' lists what it takes%n")));
    }

    @Test
    void whatIsNotComparedIsSaid() throws Exception {
        assertThat(GateRun.of("sidecar", "compare", checkpoint, BASIC).out()).isEqualToNormalizingNewlines(
                "texts and base binding: not compared, a checkpoint of PyTorch has none\n" + checkpoint + " and "
                        + BASIC
                        + ": the same, 62 tensors, 11728 values\n");
        assertThat(GateRun.of("sidecar", "compare", checkpoint, BASIC, "--json").own())
                .hasToString("{\"ok\":true,\"errors\":[],\"a\":\"" + checkpoint + "\",\"b\":\"" + BASIC
                        + "\",\"tensors\":62,\"values\":11728,\"texts_and_base_compared\":false,\"differences\":[]}");
    }
}
