package rwkvms.sidecar.validation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.math.DeltaHead;
import rwkvms.math.MemoryConfig;
import rwkvms.math.UpdateMode;
import rwkvms.sidecar.LayerWeights;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.SidecarKey;
import rwkvms.sidecar.testing.Drafts;
import rwkvms.sidecar.testing.SidecarSizes;
import rwkvms.tensor.Shape;

class SidecarTests {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void readsConfigurationTextsAndWeights() throws IOException {
        try (Sidecar sidecar = SidecarReader.open(write(SidecarBytes.valid()))) {
            MemoryConfig config = sidecar.config();
            assertThat(config).isEqualTo(new MemoryConfig(7, 4, 1, 4, 1024, 16, 0.5, 2, 2, UpdateMode.STANDARD,
                    Set.of(DeltaHead.Q, DeltaHead.O), true, true, true));
            assertThat(config.readDim()).isEqualTo(4);
            assertThat(config.gateWidth()).isEqualTo(4);
            assertThat(config.deltaScale()).isEqualTo(4);
            assertThat(sidecar.layers()).containsExactly(0, 2);
            assertThat(sidecar.baseSha256()).isEqualTo(Drafts.BASE_SHA256);
            assertThat(sidecar.baseGguf()).isEqualTo("base.gguf");
            assertThat(sidecar.text(SidecarKey.METADATA)).isEqualTo("{\"base_model\":\"a base\","
                    + "\"memory_type\":\"delta-mem-rwkv-ms\",\"note\":\"Gr\\u00f6\\u00dfe 1e-06\"}");
            assertThat(sidecar.layer(2).memQ().shape()).isEqualTo(Shape.of(4, 7));
            assertThat(sidecar.layer(2).delta(DeltaHead.Q).shape()).isEqualTo(Shape.of(5, 4));
            assertThat(sidecar.layer(2).w1().shape()).isEqualTo(Shape.of(4, 32));
            assertThat(sidecar.layer(2).lambda()).isNull();
        }
    }

    @Test
    void takesTheSpecificationsDefaultsForWhatIsAbsent() throws IOException {
        SidecarBytes minimal = SidecarBytes.of(SidecarSizes.SMALL.withFormatVersion(1))
                .set(SidecarKey.CONFIG, "{}").set(SidecarKey.NUM_STATE_HEADS, 0).remove(SidecarKey.BOUNDARY_MODE);
        try (Sidecar sidecar = SidecarReader.open(write(minimal))) {
            assertThat(sidecar.config()).isEqualTo(new MemoryConfig(7, 4, 1, 4, 1024, 16, 1, 0, 1,
                    UpdateMode.STANDARD, Set.of(DeltaHead.Q, DeltaHead.O), true, true, true));
            assertThat(sidecar.layers()).containsExactly(0, 2);
        }
    }

    @Test
    void opensSeveralStateHeads() throws IOException {
        Path path = write(SidecarBytes.of(SidecarSizes.SMALL.withHeads(2)));
        try (Sidecar sidecar = SidecarReader.open(path)) {
            assertThat(sidecar.config().numStateHeads()).isEqualTo(2);
            assertThat(sidecar.config().readDim()).isEqualTo(8);
        }
        ValidationReport report = SidecarValidator.validate(path, null);
        assertThat(report.isValid()).isFalse();
        assertThat(report.isComputable()).isTrue();
        assertThat(report.findings()).extracting(Finding::code).containsExactly(FindingCode.NUM_STATE_HEADS);
    }

    @Test
    void refusesAMalformedSidecarWithEveryFinding() throws IOException {
        SidecarBytes malformed = SidecarBytes.valid().set(SidecarKey.ARCHITECTURE, "gemma4").set(SidecarKey.NUM_STATES,
                0);
        Path path = write(malformed);
        assertThatExceptionOfType(SidecarException.class).isThrownBy(() -> SidecarReader.open(path))
                .withMessage(path + ": key general.architecture at byte " + malformed.at(SidecarKey.ARCHITECTURE)
                        + ": wrong architecture: expected \"rwkv_ms_memory\", found \"gemma4\" (and 2 more errors)")
                .satisfies(refused -> assertThat(refused.report().findings()).extracting(Finding::code)
                        .containsExactly(FindingCode.ARCHITECTURE, FindingCode.NUM_STATES,
                                FindingCode.SETTING_CONTRADICTS));
    }

    @Test
    void refusesWhatNothingDefines() throws IOException {
        Path path = write(SidecarBytes.valid().config(config -> config.put("trainable_delta_scale", true)));
        assertThatExceptionOfType(SidecarException.class).isThrownBy(() -> SidecarReader.open(path))
                .withMessageEndingWith("unsupported trainable delta scale: expected false, found true");
    }

    @Test
    void refusesFilesThatAreNoSidecars() throws IOException {
        Path text = Files.writeString(folder.resolve("a.txt"), "not a sidecar at all");
        assertThatExceptionOfType(SidecarException.class).isThrownBy(() -> SidecarReader.open(text))
                .withMessage(text + ": magic at byte 0: not a GGUF file: expected 0x46554747 (\"GGUF\"), "
                        + "found 0x20746f6e");
        Path absent = folder.resolve("absent.gguf");
        assertThatExceptionOfType(SidecarException.class).isThrownBy(() -> SidecarReader.open(absent))
                .withMessage(absent + ": file " + absent + ": the file cannot be read: expected a readable file, "
                        + "found no such file");
        assertThatExceptionOfType(SidecarException.class).isThrownBy(() -> SidecarReader.open(folder))
                .satisfies(refused -> assertThat(refused.report().findings()).extracting(Finding::code)
                        .containsExactly(FindingCode.FILE_UNREADABLE));
        Path empty = Files.createFile(folder.resolve("empty.gguf"));
        assertThatExceptionOfType(SidecarException.class).isThrownBy(() -> SidecarReader.open(empty))
                .withMessage(empty + ": magic at byte 0: the file ends too early: expected 4 bytes, "
                        + "found 0 before the end");
    }

    @Test
    void namesTheLayersItHas() throws IOException {
        Path path = write(SidecarBytes.valid());
        try (Sidecar sidecar = SidecarReader.open(path)) {
            assertThatIllegalArgumentException().isThrownBy(() -> sidecar.layer(1))
                    .withMessage(path + ": expected one of the layers [0, 2], found 1");
        }
    }

    @Test
    void endsItsWeightsWhenItCloses() throws IOException {
        Sidecar sidecar = SidecarReader.open(write(SidecarBytes.valid()));
        LayerWeights weights = sidecar.layer(0);
        sidecar.close();
        sidecar.close();
        assertThatIllegalStateException().isThrownBy(() -> weights.memQ().at(0)).withMessage("Already closed");
    }

    @Test
    void leavesACallersArenaOpen() throws IOException {
        Path path = write(SidecarBytes.valid());
        try (Arena arena = Arena.ofConfined()) {
            Sidecar sidecar = SidecarReader.read(path, arena);
            sidecar.close();
            assertThat(sidecar.layer(0).memQ().count()).isEqualTo(28);
            assertThat(sidecar.layer(0).memQ().toFloats()).hasSize(28);
        }
    }

    @Test
    void refusesLayersWithoutARequiredTensor() {
        assertThatIllegalArgumentException().isThrownBy(() -> LayerWeights.of(Map.of()))
                .withMessage("layer weights: expected mem_q, found none");
    }

    private Path write(SidecarBytes bytes) throws IOException {
        return Files.write(folder.resolve("sidecar.gguf"), bytes.bytes());
    }
}
