package rwkvms.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import rwkvms.file.FileKind;
import rwkvms.file.WholeFile;
import rwkvms.gguf.GgufWriter;
import rwkvms.sidecar.Json;
import rwkvms.sidecar.PythonJson;

/** Reads and writes the folder of a checkpoint: two JSON files and one file of tensors. */
public final class CheckpointFolder {
    public static final String CONFIG = "delta_mem_config.json";
    public static final String METADATA = "adapter_metadata.json";
    /** The tensors as PyTorch saves them. */
    public static final String TORCH = "delta_mem_adapter.pt";
    /** The tensors as this class writes them. */
    public static final String SAFETENSORS = "delta_mem_adapter.safetensors";

    /** Largest JSON file in bytes: the longest text, with four bytes per character. */
    private static final long MAX_JSON_BYTES = 4L * Json.MAX_LENGTH;

    private CheckpointFolder() {
    }

    /**
     * Reads a checkpoint whose tensors live as long as something refers to them.
     *
     * @throws CheckpointException if it is refused
     */
    public static Checkpoint read(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new NotDirectoryException(folder.toString());
        }
        JsonNode config = object(folder.resolve(CONFIG));
        JsonNode metadata = object(folder.resolve(METADATA));
        Path torch = folder.resolve(TORCH);
        Path safetensors = folder.resolve(SAFETENSORS);
        if (Files.exists(torch) == Files.exists(safetensors)) {
            throw new CheckpointException(folder, "", "either " + TORCH + " or " + SAFETENSORS,
                    Files.exists(torch) ? "both" : "none");
        }
        if (Files.exists(torch)) {
            return new Checkpoint(config, metadata, TorchFile.read(torch), Map.of());
        }
        Safetensors file = Safetensors.read(safetensors);
        return new Checkpoint(config, metadata, file.tensors(), SidecarNotes.among(file.metadata()));
    }

    private static JsonNode object(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new CheckpointException(file, "", "a JSON file", Files.exists(file) ? "no file" : "none");
        }
        if (Files.size(file) > MAX_JSON_BYTES) {
            throw new CheckpointException(file, "", "at most " + MAX_JSON_BYTES + " bytes", "" + Files.size(file));
        }
        try {
            JsonNode document = Json.parse(Files.readString(file));
            if (!document.isObject()) {
                throw new CheckpointException(file, "", "a JSON object",
                        found(file, "a JSON " + document.getNodeType().name().toLowerCase(Locale.ROOT)));
            }
            return document;
        } catch (CharacterCodingException malformed) {
            throw new CheckpointException(file, "", "UTF-8", found(file, "other bytes"), malformed);
        } catch (JsonProcessingException malformed) {
            throw new CheckpointException(file, "", "JSON", found(file, malformed.getOriginalMessage()), malformed);
        }
    }

    private static String found(Path file, String otherwise) {
        return FileKind.of(file).map(FileKind::words).orElse(otherwise);
    }

    /**
     * Writes a checkpoint, each file whole or not at all. The JSON has sorted keys, two blanks per level and a final newline.
     *
     * @param replace whether files of an earlier one may be overwritten
     * @throws java.nio.file.FileAlreadyExistsException if one exists and {@code replace} is false
     */
    public static void write(Path folder, Checkpoint checkpoint, boolean replace) throws IOException {
        for (String name : List.of(SAFETENSORS, METADATA, CONFIG)) {
            GgufWriter.requireAbsent(folder.resolve(name), replace);
        }
        if (Files.exists(folder.resolve(TORCH))) {
            throw new CheckpointException(folder, "", "no " + TORCH + " beside the " + SAFETENSORS + " to be written",
                    "one");
        }
        Files.createDirectories(folder);
        Safetensors.write(folder.resolve(SAFETENSORS), checkpoint.tensors(), checkpoint.notes());
        WholeFile.writeText(folder.resolve(METADATA), PythonJson.indented(checkpoint.metadata()));
        WholeFile.writeText(folder.resolve(CONFIG), PythonJson.indented(checkpoint.config()));
    }
}
