package rwkvms.allure;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** One module of the build, which is named by its folder, and the folder of its Allure results. */
record Module(Path root, String name) {

    Path results() {
        return root.resolve(name).resolve("target/allure-results");
    }

    /** Adds a broken test for tests that have not run: without it the report would look like a green one. */
    void reportMissingResults() throws IOException {
        if (hasTests("java") && !has("*-result.json")) {
            writeNotEvaluated("Java tests");
        }
        if (hasTests("cpp") && !has("ctest*.xml")) {
            writeNotEvaluated("C++ tests");
        }
    }

    /** Names the suite that CTest calls "(empty)". */
    void nameCppTests() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(results(), "ctest*.xml")) {
            for (var file : files) {
                var text = Files.readString(file);
                Files.writeString(file,
                        text.replaceFirst("<testsuite name=\"\\(empty\\)\"",
                                "<testsuite name=\"" + name + ", C++ (ctest)\""));
            }
        }
    }

    private boolean hasTests(String language) {
        return Files.isDirectory(root.resolve(name).resolve("src/test").resolve(language));
    }

    private boolean has(String pattern) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(results(), pattern)) {
            return files.iterator().hasNext();
        }
    }

    private void writeNotEvaluated(String tests) throws IOException {
        var uuid = UUID.randomUUID().toString();
        var message = "NOT EVALUATED: the " + tests + " of " + name
                + " did not run, because the build of this module or of one it needs failed; see the build's output";
        var labels = List.of(Map.of("name", "suite", "value", name), Map.of("name", "package", "value", name));
        var now = System.currentTimeMillis();
        var result = Map.of("uuid", uuid, "historyId", name + ":" + tests, "name", tests + " of " + name, "status",
                "broken", "statusDetails", Map.of("message", message), "stage", "finished", "labels", labels, "start",
                now, "stop", now);
        new ObjectMapper().writeValue(results().resolve(uuid + "-result.json").toFile(), result);
    }
}
