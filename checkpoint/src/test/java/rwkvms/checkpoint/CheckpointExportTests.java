package rwkvms.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.file.Sha256;
import rwkvms.fixtures.Fixture;
import rwkvms.fixtures.FixtureReader;
import rwkvms.fixtures.testing.SharedCases;
import rwkvms.sidecar.ExporterTexts;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.SidecarDraft;
import rwkvms.sidecar.SidecarOrigin;
import rwkvms.sidecar.SidecarWriter;
import rwkvms.sidecar.synthesis.SyntheticSidecar;
import rwkvms.sidecar.validation.SidecarReader;
import rwkvms.tensor.Tensor;

class CheckpointExportTests {
    private static final SharedCases SHARED = SharedCases.ofBuild();

    @TempDir
    private Path folder = Path.of("");

    /** The strong check (sidecar.md): from PyTorch's own file and the exporter's texts alone, byte for byte. */
    @TestFactory
    Stream<DynamicTest> exportsEveryOracleCheckpointByteForByte() {
        List<Path> checkpoints = SHARED.oracleCases().stream().map(oracle -> oracle.resolve("checkpoint"))
                .filter(Files::isDirectory).toList();
        if (checkpoints.isEmpty()) {
            return Stream.of(SharedCases.notEvaluated("../shared/oracle/*/checkpoint is absent", "nothing to export"));
        }
        return checkpoints.stream().map(checkpoint -> DynamicTest
                .dynamicTest("" + checkpoint.getParent().getFileName(), () -> exportsByteForByte(checkpoint)));
    }

    private static void exportsByteForByte(Path checkpoint) throws IOException {
        Path sidecar = checkpoint.resolveSibling("sidecar.gguf");
        try (Sidecar original = SidecarReader.open(sidecar)) {
            SidecarDraft draft = CheckpointExport.draft(checkpoint, CheckpointFolder.read(checkpoint))
                    .withTexts(original.toDraft().texts()).withOrigin(original.toDraft().origin());
            assertThat(SidecarWriter.toBytes(draft)).isEqualTo(Files.readAllBytes(sidecar));
        }
    }

    /** A sidecar becomes a checkpoint, whose texts have the hashes in the fixture, and comes back byte for byte. */
    @TestFactory
    Stream<DynamicTest> materialisesEveryOracleSidecarAndBack() {
        return SHARED.forEachOracleCase(oracle -> {
            Path target = folder.resolve(oracle.getFileName());
            materialise(oracle.resolve("sidecar.gguf"), target);
            Fixture fixture = FixtureReader.strict().read(oracle.resolve("fixture.json"));
            assertThat(Sha256.of(target.resolve(CheckpointFolder.CONFIG))).isEqualTo(fixture.source().configSha256());
            assertThat(Sha256.of(target.resolve(CheckpointFolder.METADATA)))
                    .isEqualTo(fixture.source().metadataSha256());
            assertThat(exported(target)).isEqualTo(Files.readAllBytes(oracle.resolve("sidecar.gguf")));
        });
    }

    /** The golden sidecars of this repository were written by Python. */
    @TestFactory
    List<DynamicTest> materialisesEveryGoldenSidecarAndBack() throws IOException {
        Path golden = Path.of(System.getProperty("rwkvms.root"), "golden", "data");
        try (Stream<Path> data = Files.walk(golden)) {
            List<DynamicTest> tests = data.filter(path -> path.endsWith("sidecar.gguf")).sorted()
                    .map(path -> DynamicTest.dynamicTest(golden.relativize(path).toString(), () -> {
                        Path target = folder.resolve(golden.relativize(path).getName(0));
                        materialise(path, target);
                        assertThat(exported(target)).isEqualTo(Files.readAllBytes(path));
                    })).toList();
            assertThat(tests).hasSizeGreaterThan(20);
            return tests;
        }
    }

    private static void materialise(Path sidecar, Path target) throws IOException {
        try (Sidecar opened = SidecarReader.open(sidecar)) {
            CheckpointFolder.write(target, Checkpoint.of(opened), false);
        }
    }

    private static byte[] exported(Path target) throws IOException {
        return SidecarWriter.toBytes(CheckpointExport.draft(target, CheckpointFolder.read(target)));
    }

    private static final SidecarDraft DRAFT = SyntheticSidecar.SMALL.draft(4);

    /** A synthetic sidecar as PyTorch would have saved it: no notes. */
    private Checkpoint checkpoint() throws IOException {
        Path path = folder.resolve("sidecar.gguf");
        SidecarWriter.write(path, DRAFT, true);
        Sidecar opened = SidecarReader.open(path); // its tensors are read as long as the test runs
        Checkpoint checkpoint = Checkpoint.of(opened);
        return new Checkpoint(checkpoint.config(), checkpoint.metadata(), checkpoint.tensors(), Map.of());
    }

    @Test
    void aCheckpointOfPyTorchGetsTextsOfItsOwnAndNoBase() throws IOException {
        Checkpoint checkpoint = checkpoint();
        ((ObjectNode) checkpoint.metadata()).put("source_repo", "https://example.org/training");
        SidecarDraft draft = CheckpointExport.draft(folder, checkpoint);
        assertThat(draft.formatVersion()).isEqualTo(1);
        assertThat(draft.texts()).isEqualTo(ExporterTexts.OWN);
        assertThat(draft.origin())
                .isEqualTo(new SidecarOrigin("", "", "https://example.org/training", "", "", "", ""));
        ((ObjectNode) checkpoint.config()).put("rwkv_ms_semantics_version", 2);
        assertThat(CheckpointExport.draft(folder, checkpoint).formatVersion()).isEqualTo(2);
    }

    @Test
    void refusesWhatNoSidecarCanHold() throws IOException {
        String layer0 = "model.language_model.layers.0.self_attn.";
        refuses(tensors -> tensors.remove(layer0 + "memory_q_proj"),
                folder + ", tensors of layer 0: expected " + layer0 + "memory_q_proj, found none");
        refuses(tensors -> tensors.put("lm_head.weight", tensors.firstEntry().getValue()), folder
                + ", tensor names: expected model.language_model.layers.<layer>.self_attn.<tensor>, "
                + "found \"lm_head.weight\"");
        for (String setting : List.of("rank", "alpha", "rwkv_ms_num_states", "rwkv_ms_chunk_size", "target_layers",
                "delta_heads")) {
            Checkpoint checkpoint = checkpoint();
            ((ObjectNode) checkpoint.config()).remove(setting);
            refuses(checkpoint, folder.resolve("delta_mem_config.json") + ": expected " + setting + ", found none");
        }
    }

    @Test
    void refusesNotesThatNoSidecarLeft() throws IOException {
        Path file = folder.resolve("delta_mem_adapter.safetensors");
        refuses(withNotes(Map.of("delta_mem.format_version", "3")),
                file + ", __metadata__: expected what a sidecar was "
                        + "materialised with, found delta_mem.format_version: expected 1 or 2, found \"3\"");
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> CheckpointExport.draft(folder,
                        withNotes(Map.of("delta_mem.format_version", "1", "delta_mem.summary", "{"))))
                .withMessageStartingWith(file + ", __metadata__: expected what a sidecar was materialised with, found "
                        + "Unexpected end-of-input");
    }

    private Checkpoint withNotes(Map<String, String> notes) throws IOException {
        Checkpoint checkpoint = checkpoint();
        return new Checkpoint(checkpoint.config(), checkpoint.metadata(), checkpoint.tensors(), notes);
    }

    private void refuses(Consumer<SequencedMap<String, Tensor>> edit, String message) throws IOException {
        Checkpoint checkpoint = checkpoint();
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>(checkpoint.tensors());
        edit.accept(tensors);
        refuses(new Checkpoint(JsonNodeFactory.instance.objectNode().setAll((ObjectNode) checkpoint.config()),
                checkpoint.metadata(), tensors, Map.of()), message);
    }

    private void refuses(Checkpoint checkpoint, String message) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> CheckpointExport.draft(folder, checkpoint)).withMessage(message);
    }
}
