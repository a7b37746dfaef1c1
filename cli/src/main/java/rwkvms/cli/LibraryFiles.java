package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.MissingNode;
import rwkvms.nativeruntime.MappedFiles;
import rwkvms.nativeruntime.NativeRuntime;

/** The files that a C++ runtime runs from: its library, and ggml's beside it. */
final class LibraryFiles {
    private static final String SUFFIX = "\\..*";
    /** Named libllama.so, libllama.so.0.0.1, libllama.dylib. */
    private static final String SHARED = "lib.*\\.(so(\\.[0-9.]+)?|dylib)";

    /** Characters that are shown of a text that is not what it should be. */
    private static final int MAX_SHOWN = 60;
    private static final ObjectReader STRICT = new ObjectMapper()
            .reader(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private LibraryFiles() {
    }

    /** Returns the library itself, then the loaded libraries of llama.cpp by name. */
    static List<Path> of(NativeRuntime runtime) throws IOException {
        return of(runtime.libraryFile(), runtime.buildInfo(), MappedFiles.ofLlamaCpp());
    }

    /**
     * Returns the same for a library that another process has loaded.
     *
     * @param buildInfo what it says about its build
     * @param mapped    libraries of its process; empty if the system does not tell, and then files beside the library count
     */
    static List<Path> of(Path library, String buildInfo, List<Path> mapped) throws IOException {
        List<Path> files = new ArrayList<>(List.of(library));
        String variant = variant(library, buildInfo);
        if (!mapped.isEmpty()) {
            Path itself = library.toRealPath();
            mapped.stream().filter(file -> !file.equals(itself)).forEach(files::add);
            return files;
        }
        String ggml = "(lib)?ggml(-base|-cpu-" + variant + ")?" + SUFFIX;
        try (Stream<Path> beside = Files.list(library.toAbsolutePath().getParent())) {
            beside.filter(file -> String.valueOf(file.getFileName()).matches(ggml)).filter(Files::isRegularFile)
                    .sorted().forEach(files::add);
        }
        return files;
    }

    /** Returns the shared libraries beside a program, then those in the folder lib beside its own, by name. */
    static List<Path> beside(Path program) throws IOException {
        Path file = program.toRealPath();
        List<Path> files = new ArrayList<>();
        for (Path place : List.of(file.resolveSibling("."), file.resolveSibling("../lib"))) {
            if (Files.isDirectory(place)) {
                try (Stream<Path> libraries = Files.list(place)) {
                    libraries.map(Path::normalize).filter(each -> String.valueOf(each.getFileName()).matches(SHARED))
                            .filter(each -> Files.isRegularFile(each, LinkOption.NOFOLLOW_LINKS)).sorted()
                            .forEach(files::add);
                }
            }
        }
        return files;
    }

    /** Returns the variant that the library names, if it names one. */
    private static String variant(Path library, String buildInfo) throws IOException {
        String variant = buildInfo.isEmpty() ? "" : build(library, buildInfo).path("cpu_variant").asText();
        return variant.matches("[a-z0-9_]+") ? variant : "none";
    }

    private static JsonNode build(Path library, String buildInfo) throws IOException {
        JsonNode build;
        try {
            build = STRICT.readTree(buildInfo);
        } catch (JsonProcessingException e) {
            build = MissingNode.getInstance();
        }
        if (!build.isObject()) {
            throw new IOException(library + ": rwkv_ms_build_info: expected a JSON object, found "
                    + buildInfo.substring(0, Math.min(MAX_SHOWN, buildInfo.length())));
        }
        return build;
    }
}
