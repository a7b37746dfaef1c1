package rwkvms.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import rwkvms.checkpoint.Checkpoint;
import rwkvms.checkpoint.CheckpointFolder;
import rwkvms.file.Sha256;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.validation.SidecarReader;

/** {@code gate sidecar materialize FILE FOLDER}: writes the checkpoint of a sidecar. */
@Command(name = "materialize", description = "Writes the checkpoint folder of a sidecar: safetensors and two JSON files.")
final class SidecarMaterialize extends GateCommand {
    private static final List<String> FILES = List.of(CheckpointFolder.SAFETENSORS, CheckpointFolder.CONFIG,
            CheckpointFolder.METADATA);

    @Parameters(index = "0", paramLabel = "FILE", description = "The sidecar.")
    @SuppressWarnings("NullAway.Init") // a required parameter
    private Path file;

    @Parameters(index = "1", paramLabel = "FOLDER", description = "The checkpoint to write; created if it is missing.")
    @SuppressWarnings("NullAway.Init") // a required parameter
    private Path folder;

    @Option(names = "--force", description = "Overwrites a checkpoint in FOLDER.")
    private boolean force;

    @Override
    public Integer call() throws IOException {
        InputFiles.readable(file);
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new IOException(folder + ": expected a folder, found a file");
        }
        for (String name : FILES) {
            OutputFile.requireAbsent(folder.resolve(name), force);
        }
        ObjectNode written = JsonNodeFactory.instance.objectNode().put("file", file.toString()).put("folder",
                folder.toString());
        try (Sidecar sidecar = SidecarReader.open(file)) {
            Checkpoint checkpoint = Checkpoint.of(sidecar);
            CheckpointFolder.write(folder, checkpoint, force);
            written.put("tensors", checkpoint.tensors().size()).put("values", checkpoint.values());
        }
        ObjectNode hashes = written.putObject("sha256");
        for (String name : FILES) {
            hashes.put(name, Sha256.of(folder.resolve(name)));
        }
        return tellDone(folder, (json, whole) -> json.setAll(written), (verdict, out) -> {
            hashes.properties().forEach(hash -> out.println(hash.getValue().textValue() + "  "
                    + folder.resolve(hash.getKey())));
            out.println(folder + ": written, " + written.path("tensors") + " tensors, " + written.path("values")
                    + " values");
        });
    }
}
