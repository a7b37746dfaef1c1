package rwkvms.allure;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/** What the tests ran on: JVM, operating system, commit and llama.cpp package, for Allure's environment table. */
record Environment(Map<String, String> entries) {

    private static final String UNKNOWN = "unknown";

    static Environment of(Path root) throws IOException {
        var entries = new TreeMap<String, String>();
        entries.put("JVM", System.getProperty("java.vm.name") + " " + Runtime.version());
        entries.put("OS", System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                + System.getProperty("os.arch"));
        entries.put("Processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        entries.put("Commit", commit(root));
        entries.put("llama.cpp package", llamaPackage(root.resolve("native/llama.cpp/node_modules/@node-llama-cpp")));
        return new Environment(entries);
    }

    /** Adds the entries to those that the tests themselves left in this folder, which win. */
    void writeTo(Path results) throws IOException {
        var file = results.resolve("environment.properties");
        var all = new Properties();
        all.putAll(entries);
        if (Files.exists(file)) {
            try (var reader = Files.newBufferedReader(file)) {
                all.load(reader);
            }
        }
        try (var writer = Files.newBufferedWriter(file)) {
            all.store(writer, null);
        }
    }

    private static String commit(Path root) throws IOException {
        try {
            var git = new ProcessBuilder("git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
                    .directory(root.toFile()).redirectError(ProcessBuilder.Redirect.DISCARD).start();
            try (InputStream output = git.getInputStream()) {
                var text = new String(output.readAllBytes(), StandardCharsets.UTF_8).strip();
                return text.isEmpty() ? UNKNOWN : text;
            }
        } catch (IOException gitIsMissing) {
            return UNKNOWN;
        }
    }

    private static String llamaPackage(Path packages) throws IOException {
        if (!Files.isDirectory(packages)) {
            return "none: built from the user's own llama.cpp";
        }
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(packages)) {
            for (var folder : folders) {
                var description = new ObjectMapper().readTree(folder.resolve("package.json").toFile());
                return description.path("name").asText() + " " + description.path("version").asText();
            }
        }
        return UNKNOWN;
    }
}
