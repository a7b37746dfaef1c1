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

/** What the tests ran on: machine, JVM, commit, C++ runtime and llama.cpp package, for Allure's environment table. */
record Environment(Map<String, String> entries) {

    private static final String UNKNOWN = "unknown";
    private static final String LIBRARY = "native/target/cmake/lib/" + System.mapLibraryName("rwkv_ms");
    private static final Path CPU = Path.of("/proc/cpuinfo");
    private static final String CPU_FIELD = "model name";

    String commit() {
        return entries.getOrDefault("Commit", UNKNOWN);
    }

    static Environment of(Path root) throws IOException {
        var entries = new TreeMap<String, String>();
        entries.put("JVM", System.getProperty("java.vm.name") + " " + Runtime.version());
        entries.put("OS", System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                + System.getProperty("os.arch"));
        entries.put("Processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        entries.put("CPU", cpu());
        entries.put("Commit", commit(root));
        Path library = root.resolve(LIBRARY);
        entries.put("C++ runtime", Files.exists(library)
                ? library.getFileName() + ", SHA-256 " + SinglePage.hash(Files.readAllBytes(library))
                : "not built");
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

    private static String cpu() throws IOException {
        if (!Files.isReadable(CPU)) {
            return UNKNOWN;
        }
        return Files.readAllLines(CPU).stream().filter(line -> line.startsWith(CPU_FIELD)).findFirst()
                .map(line -> line.substring(line.indexOf(':') + 1).strip()).orElse(UNKNOWN);
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
