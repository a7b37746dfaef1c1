package rwkvms.allure;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** One module of the build, which is named by its folder, and the folder of its Allure results. */
record Module(Path root, String name, Path results) {
    private static final String RESULT = "*-result.json";
    private static final String CONTAINER = "*-container.json";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    static Module of(Path root, String name) {
        return new Module(root, name, root.resolve(name).resolve("target/allure-results"));
    }

    /** Adds a broken test for tests that have not run: without it the report would look like a green one. */
    void reportMissingResults() throws IOException {
        if (hasTests("java") && !has(RESULT)) {
            writeNotEvaluated("Java tests");
        }
        if (hasTests("cpp") && !has("ctest*.xml*")) {
            writeNotEvaluated("C++ tests");
        }
    }

    /**
     * Labels each result with the promise that it holds the project to, and gives it what it is known by in other builds. Returns all
     * results, so that nobody reads them again.
     */
    List<JsonNode> label(Promises promises) throws IOException {
        Map<Path, JsonNode> read = read(RESULT);
        Map<Path, ObjectNode> all = new LinkedHashMap<>();
        read.forEach((file, content) -> {
            if (content instanceof ObjectNode result) {
                all.put(file, result);
            }
        });
        Identities.assign(name, List.copyOf(all.values()));
        for (Map.Entry<Path, ObjectNode> each : all.entrySet()) {
            promises.label(each.getValue(), name);
            overwrite(each.getKey(), MAPPER.writeValueAsBytes(each.getValue()));
        }
        return List.copyOf(read.values());
    }

    /** Without emptying the file first: one that was, ext4 writes to the disk when it is closed, which takes ten times as long. */
    private static void overwrite(Path file, byte[] content) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ByteBuffer rest = ByteBuffer.wrap(content);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            channel.truncate(content.length);
        }
    }

    /** Removes what ran before and after tests where it passed and says nothing more: an empty step in each of them. */
    void removeEmptySteps() throws IOException {
        for (Map.Entry<Path, JsonNode> each : read(CONTAINER).entrySet()) {
            JsonNode container = each.getValue();
            if (isEmpty(container.path("befores")) && isEmpty(container.path("afters"))) {
                Files.delete(each.getKey());
            }
        }
    }

    private static boolean isEmpty(JsonNode fixtures) {
        for (JsonNode fixture : fixtures) {
            if (!fixture.path("status").asText().equals("passed") || !fixture.path("steps").isEmpty()
                    || !fixture.path("attachments").isEmpty()) {
                return false;
            }
        }
        return true;
    }

    /** The content of files, of which a build leaves thousands, in the order of the folder. */
    private Map<Path, JsonNode> read(String pattern) throws IOException {
        Map<Path, JsonNode> read = new LinkedHashMap<>();
        if (Files.isDirectory(results)) {
            try (DirectoryStream<Path> all = Files.newDirectoryStream(results, pattern)) {
                for (Path file : all) {
                    read.put(file, MAPPER.readTree(file.toFile()));
                }
            }
        }
        return read;
    }

    private boolean hasTests(String language) {
        return Files.isDirectory(root.resolve(name).resolve("src/test").resolve(language));
    }

    private boolean has(String pattern) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(results, pattern)) {
            return files.iterator().hasNext();
        }
    }

    private void writeNotEvaluated(String tests) throws IOException {
        String uuid = UUID.randomUUID().toString();
        String message = "NOT EVALUATED: the " + tests + " of " + name
                + " did not run, because the build of this module or of one it needs failed; see the build's output";
        List<Map<String, String>> labels = List.of(Map.of("name", "suite", "value", name),
                Map.of("name", "package", "value", name), Map.of("name", "epic", "value", "Not run"),
                Map.of("name", "feature", "value", name));
        long now = System.currentTimeMillis();
        Map<String, Object> result = Map.of("uuid", uuid, "historyId", name + ":" + tests, "name",
                tests + " of " + name, "status", "broken", "statusDetails", Map.of("message", message), "stage",
                "finished", "labels", labels, "start", now, "stop", now);
        MAPPER.writeValue(results.resolve(uuid + "-result.json").toFile(), result);
    }
}
