package rwkvms.live.library;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import rwkvms.file.FileFailure;
import rwkvms.nativeruntime.IncompatibleLibraryException;
import rwkvms.nativeruntime.MappedFiles;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.runtime.RuntimeFailure;

/**
 * What an open library says about itself.
 *
 * @param provenance from {@link NativeRuntime#provenance}
 * @param buildInfo  from {@link NativeRuntime#buildInfo}
 * @param mapped     the files of llama.cpp that its process has mapped, from {@link MappedFiles}
 */
public record LibraryInfo(SortedMap<String, String> provenance, String buildInfo, List<Path> mapped) {
    private static final String UNFINISHED = ".part";

    static void write(Path file, NativeRuntime runtime) throws IOException {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("build", runtime.buildInfo());
        ObjectNode provenance = json.putObject("provenance");
        runtime.provenance().forEach(provenance::put);
        MappedFiles.ofLlamaCpp().forEach(mapped -> json.withArray("mapped").add(mapped.toString()));
        write(file, json);
    }

    static void refused(Path file, RuntimeException failure) throws IOException {
        String field = failure instanceof RuntimeFailure ? "failure" : "incompatible";
        write(file, JsonNodeFactory.instance.objectNode().put(field, String.valueOf(failure.getMessage())));
    }

    private static void write(Path file, ObjectNode json) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + UNFINISHED);
        FileFailure.naming(part, () -> Files.writeString(part, json.toString()));
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Reads a file; throws the exception that kept the library from being opened. */
    static LibraryInfo read(Path file) throws IOException {
        JsonNode json = new ObjectMapper().readTree(Files.readString(file));
        if (json.has("failure")) {
            throw new RuntimeFailure(json.path("failure").asText());
        }
        if (json.has("incompatible")) {
            throw new IncompatibleLibraryException(json.path("incompatible").asText());
        }
        SortedMap<String, String> provenance = new TreeMap<>();
        json.path("provenance").properties()
                .forEach(entry -> provenance.put(entry.getKey(), entry.getValue().asText()));
        List<Path> mapped = new ArrayList<>();
        json.path("mapped").forEach(each -> mapped.add(Path.of(each.asText())));
        return new LibraryInfo(provenance, json.path("build").asText(), List.copyOf(mapped));
    }
}
