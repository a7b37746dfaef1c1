package rwkvms.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.sidecar.Json;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

class CheckpointFolderTests {
    @TempDir
    private Path folder = Path.of("");

    private final SequencedMap<String, Tensor> tensors = new LinkedHashMap<>(
            Map.of("t", Tensor.ofFloats(Shape.of(1), 1)));

    private Checkpoint checkpoint() {
        ObjectNode config = JsonNodeFactory.instance.objectNode().put("rank", 8).put("alpha", 16.0);
        return new Checkpoint(config, JsonNodeFactory.instance.objectNode().put("note", "é"), tensors, Map.of());
    }

    @Test
    void writesThreeFilesAndReadsThemBack() throws IOException {
        CheckpointFolder.write(folder.resolve("new"), checkpoint(), false);
        assertThat(folder.resolve("new").toFile().list()).containsExactlyInAnyOrder("delta_mem_config.json",
                "adapter_metadata.json", "delta_mem_adapter.safetensors");
        assertThat(folder.resolve("new/delta_mem_config.json"))
                .hasContent("{\n  \"alpha\": 16.0,\n  \"rank\": 8\n}\n");
        assertThat(folder.resolve("new/adapter_metadata.json")).hasContent("{\n  \"note\": \"é\"\n}\n");
        Checkpoint read = CheckpointFolder.read(folder.resolve("new"));
        assertThat(CheckpointComparison.of(read, checkpoint()).differences()).isEmpty();
        assertThat(read.notes()).isEmpty();
        assertThat(read.values()).isEqualTo(1);
    }

    @Test
    void overwritesOnlyWhenAsked() throws IOException {
        for (String name : new String[]{"delta_mem_config.json", "adapter_metadata.json",
                "delta_mem_adapter.safetensors"}) {
            Path file = Files.writeString(folder.resolve(name), "precious");
            assertThatExceptionOfType(FileAlreadyExistsException.class)
                    .isThrownBy(() -> CheckpointFolder.write(folder, checkpoint(), false))
                    .withMessage(file + ": expected no such file; ask for replacement to overwrite it");
            assertThat(file).hasContent("precious");
            Files.delete(file);
        }
        CheckpointFolder.write(folder, checkpoint(), false);
        CheckpointFolder.write(folder, checkpoint(), true);
        assertThat(CheckpointFolder.read(folder).tensors()).containsOnlyKeys("t");
    }

    @Test
    void leavesNoSecondFileOfTensors() throws IOException {
        Files.createFile(folder.resolve("delta_mem_adapter.pt"));
        refused(() -> CheckpointFolder.write(folder, checkpoint(), true), folder + ": expected no delta_mem_adapter.pt "
                + "beside the delta_mem_adapter.safetensors to be written, found one");
        assertThat(folder.resolve("delta_mem_config.json")).doesNotExist();
    }

    @Test
    void refusesFoldersThatAreNoCheckpoint() throws IOException {
        Path config = folder.resolve("delta_mem_config.json");
        Path metadata = folder.resolve("adapter_metadata.json");
        refused(() -> CheckpointFolder.read(folder), config + ": expected a JSON file, found none");
        Files.createDirectory(config);
        refused(() -> CheckpointFolder.read(folder), config + ": expected a JSON file, found no file");
        Files.delete(config);
        Files.writeString(config, "{}");
        refused(() -> CheckpointFolder.read(folder), metadata + ": expected a JSON file, found none");
        Files.writeString(metadata, "{}");
        String either = folder + ": expected either delta_mem_adapter.pt or delta_mem_adapter.safetensors, found ";
        refused(() -> CheckpointFolder.read(folder), either + "none");
        Files.createFile(folder.resolve("delta_mem_adapter.pt"));
        Files.createFile(folder.resolve("delta_mem_adapter.safetensors"));
        refused(() -> CheckpointFolder.read(folder), either + "both");
        assertThatExceptionOfType(NotDirectoryException.class)
                .isThrownBy(() -> CheckpointFolder.read(folder.resolve("none")));
    }

    @Test
    void refusesTextsThatAreNoJsonObject() throws IOException {
        Path config = Files.write(folder.resolve("delta_mem_config.json"), new byte[]{'"', (byte) 0xff, '"'});
        refused(() -> CheckpointFolder.read(folder), config + ": expected UTF-8, found other bytes");
        Files.writeString(config, "{\"a\":1,\"a\":1}");
        refused(() -> CheckpointFolder.read(folder), config + ": expected JSON, found Duplicate field 'a'");
        Files.writeString(config, "[]");
        refused(() -> CheckpointFolder.read(folder), config + ": expected a JSON object, found a JSON array");
        Files.write(config, new byte[4 * Json.MAX_LENGTH]);
        assertThatExceptionOfType(CheckpointException.class).isThrownBy(() -> CheckpointFolder.read(folder))
                .withMessageStartingWith(config + ": expected JSON, found ");
        Files.write(config, new byte[4 * Json.MAX_LENGTH + 1]);
        refused(() -> CheckpointFolder.read(folder), config + ": expected at most 16777216 bytes, found 16777217");
    }

    private interface Action {
        void run() throws IOException;
    }

    private static void refused(Action action, String message) {
        assertThatExceptionOfType(CheckpointException.class).isThrownBy(action::run).withMessage(message);
    }
}
