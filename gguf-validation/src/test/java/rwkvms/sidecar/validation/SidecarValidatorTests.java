package rwkvms.sidecar.validation;

import static org.assertj.core.api.Assertions.assertThat;
import static rwkvms.sidecar.validation.ReportAssertions.finds;
import static rwkvms.sidecar.validation.ReportAssertions.messages;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.file.Sha256;
import rwkvms.gguf.GgufPair;
import rwkvms.gguf.GgufValue;
import rwkvms.gguf.GgufWriter;
import rwkvms.sidecar.SidecarKey;
import rwkvms.sidecar.testing.Drafts;
import rwkvms.sidecar.testing.SidecarSizes;

/** The base binding, the state heads, and the report as such: every finding, word for word. */
class SidecarValidatorTests {
    @Test
    void findsNothingInValidSidecars() {
        assertThat(SidecarBytes.valid().report().findings()).isEmpty();
        assertThat(SidecarBytes.of(SidecarSizes.SMALL.withFormatVersion(1)).report().findings()).isEmpty();
        assertThat(SidecarBytes.of(SidecarSizes.SMALL.withFreeLambda()).report().findings()).isEmpty();
        assertThat(SidecarBytes.valid().report().isValid()).isTrue();
    }

    @Test
    void baseSha256Absent() {
        finds(SidecarBytes.valid().remove(SidecarKey.BASE_SHA256), FindingCode.BASE_SHA256_MISSING,
                "key delta_mem.base_gguf_sha256: base SHA-256 absent: expected 64 lowercase hexadecimal digits, "
                        + "found none");
    }

    @Test
    void baseSha256Malformed() {
        SidecarBytes upper = SidecarBytes.valid().set(SidecarKey.BASE_SHA256, "AB");
        finds(upper, FindingCode.BASE_SHA256_FORM, "key delta_mem.base_gguf_sha256 at byte "
                + upper.at(SidecarKey.BASE_SHA256) + ": base SHA-256 malformed: "
                + "expected 64 lowercase hexadecimal digits, found \"AB\"");
    }

    @Test
    void baseSha256OfAnotherFile(@TempDir Path folder) throws IOException {
        Path base = Files.writeString(folder.resolve("base.gguf"), "another base");
        SidecarBytes sidecar = SidecarBytes.valid().base(base);
        finds(sidecar, FindingCode.BASE_SHA256_DIFFERS, "key delta_mem.base_gguf_sha256 at byte "
                + sidecar.at(SidecarKey.BASE_SHA256) + ": another base model: expected "
                + "ca9009840503bbb5513c9e5a9ca58b4cac3119d8b4bab71bde9a42492d5ccae4 (the SHA-256 of " + base
                + "), found " + Drafts.BASE_SHA256);
    }

    @Test
    void baseSha256OfTheFile(@TempDir Path folder) throws IOException {
        Path base = Files.write(folder.resolve("base.gguf"), base(3, 0));
        SidecarBytes sidecar = boundTo(base);
        ValidationReport report = sidecar.report();
        assertThat(report.findings()).isEmpty();
        assertThat(report.base().orElseThrow().hex()).isEqualTo(Sha256.of(base));
        assertThat(SidecarBytes.valid().report().base()).isEmpty();
    }

    @Test
    void layersBeyondTheBase(@TempDir Path folder) throws IOException {
        Path base = Files.write(folder.resolve("base.gguf"), base(5, 3));
        SidecarBytes sidecar = boundTo(base);
        finds(sidecar, FindingCode.BASE_LAYERS, "key delta_mem.target_layers_json at byte "
                + sidecar.at(SidecarKey.TARGET_LAYERS) + ": target layers that the base model does not offer: "
                + "expected layers of its 5 without the last 3, which share their keys and values, found layer 2");
    }

    @Test
    void aBaseThatDoesNotTellItsLayers(@TempDir Path folder) throws IOException {
        Path text = Files.writeString(folder.resolve("text"), "the base");
        finds(boundTo(text),
                FindingCode.BASE_LAYERS_UNKNOWN, "base " + text + ": the base file does not tell its layers: "
                        + "expected a GGUF file whose header says its architecture's block_count, "
                        + "found magic at byte 0: expected 0x46554747 (\"GGUF\"), found 0x20656874");
        Path silent = Files.write(folder.resolve("silent"), GgufWriter.toBytes(List.of(
                new GgufPair("general.architecture", GgufValue.u32(1)),
                new GgufPair("gemma4.block_count", GgufValue.u32(9))), List.of()));
        finds(boundTo(silent),
                FindingCode.BASE_LAYERS_UNKNOWN, "base " + silent + ": the base file does not tell its layers: "
                        + "expected a GGUF file whose header says its architecture's block_count, found none");
    }

    private static SidecarBytes boundTo(Path base) throws IOException {
        return SidecarBytes.valid().base(base).set(SidecarKey.BASE_SHA256, Sha256.of(base));
    }

    /** The header of a base model. */
    private static byte[] base(long blocks, long shared) {
        return GgufWriter.toBytes(List.of(new GgufPair("general.architecture", GgufValue.text("gemma4")),
                new GgufPair("gemma4.block_count", GgufValue.u32(blocks)),
                new GgufPair("gemma4.attention.shared_kv_layers", GgufValue.u32(shared))), List.of());
    }

    @Test
    void baseUnreadable(@TempDir Path folder) {
        Path base = folder.resolve("absent.gguf");
        finds(SidecarBytes.valid().base(base), FindingCode.BASE_UNREADABLE,
                "base " + base + ": the base file cannot be read: expected a readable file, found no such file");
    }

    /** Behind the new end a map has no bytes, and the JVM throws an error when they are read. */
    @Test
    void aFileThatShrinksUnderItsMapCannotBeRead(@TempDir Path folder) throws IOException {
        Path base = Files.write(folder.resolve("base.gguf"), base(3, 0));
        SidecarBytes bytes = SidecarBytes.valid().set(SidecarKey.BASE_SHA256, Sha256.of(base));
        Path sidecar = Files.write(folder.resolve("s.gguf"), bytes.bytes());
        ValidationReport report = SidecarValidator.validate(sidecar, base, (done, of) -> {
            try (FileChannel channel = FileChannel.open(sidecar, StandardOpenOption.WRITE)) {
                channel.truncate(0);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assertThat(report.findings()).singleElement().extracting(Finding::message).isEqualTo("file " + sidecar
                + ": the file cannot be read: expected a readable file, found one that became shorter while it was"
                + " read");
    }

    @Test
    void aPipeIsNoFile(@TempDir Path folder) throws IOException, InterruptedException {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        String found = ": expected a readable file, found a pipe: write what comes through it to a file";
        assertThat(SidecarValidator.validate(pipe, null).findings()).singleElement().extracting(Finding::message)
                .isEqualTo("file " + pipe + ": the file cannot be read" + found);
        finds(SidecarBytes.valid().base(pipe), FindingCode.BASE_UNREADABLE,
                "base " + pipe + ": the base file cannot be read" + found);
    }

    @Test
    void numStateHeads() {
        SidecarBytes two = SidecarBytes.of(SidecarSizes.SMALL.withHeads(2));
        finds(two, FindingCode.NUM_STATE_HEADS, "key delta_mem.num_state_heads at byte "
                + two.at(SidecarKey.NUM_STATE_HEADS) + ": unsupported number of state heads: expected 1, found 2");
        SidecarBytes none = SidecarBytes.valid().set(SidecarKey.NUM_STATE_HEADS, 0)
                .config(config -> config.remove("num_state_heads"));
        finds(none, FindingCode.NUM_STATE_HEADS, "key delta_mem.num_state_heads at byte "
                + none.at(SidecarKey.NUM_STATE_HEADS) + ": unsupported number of state heads: expected 1, found 0");
        assertThat(none.report().isComputable()).isTrue();
    }

    @Test
    void stateWidthBeyondEveryTensor() {
        SidecarBytes wide = SidecarBytes.valid().set(SidecarKey.NUM_STATE_HEADS, 4294967295L);
        assertThat(messages(wide)).contains("key delta_mem.num_state_heads at byte "
                + wide.at(SidecarKey.NUM_STATE_HEADS) + ": state width out of range: "
                + "expected rank times heads of at most 32768, found 4 times 4294967295");
        assertThat(wide.report().isComputable()).isFalse();
    }

    @Test
    void boundsTheFindingsOfOneCode() {
        SidecarBytes sidecar = SidecarBytes.valid();
        for (int i = 0; i < 150; i++) {
            sidecar.add("extra." + i, GgufValue.u32(i));
        }
        sidecar.set(SidecarKey.ARCHITECTURE, "x");
        ValidationReport report = sidecar.report();
        assertThat(report.of(FindingCode.KEY_UNKNOWN)).hasSize(100);
        assertThat(report.of(FindingCode.ARCHITECTURE)).hasSize(1);
        assertThat(report.omitted()).isEqualTo(50);
    }
}
