package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import rwkvms.nativeruntime.NativeRuntime;

/** The files that a C++ runtime runs from: its library and, where they stand beside it, ggml's. */
final class LibraryFiles {
    private static final String SUFFIX = "\\..*";

    private LibraryFiles() {
    }

    /** The library itself, then ggml's own and the CPU variant that is in use, in name order. */
    static List<Path> of(NativeRuntime runtime) throws IOException {
        List<Path> files = new ArrayList<>(List.of(runtime.libraryFile()));
        String ggml = "(lib)?ggml(-base|-cpu-" + variant(runtime.buildInfo()) + ")?" + SUFFIX;
        try (Stream<Path> beside = Files.list(runtime.libraryFile().toAbsolutePath().getParent())) {
            beside.filter(file -> String.valueOf(file.getFileName()).matches(ggml)).filter(Files::isRegularFile)
                    .sorted().forEach(files::add);
        }
        return files;
    }

    /** The variant that the library names; a library of others may name none. */
    private static String variant(String buildInfo) throws IOException {
        JsonNode build = new ObjectMapper().readTree(buildInfo);
        String variant = build == null ? "" : build.path("cpu_variant").asText();
        return variant.matches("[a-z0-9_]+") ? variant : "none";
    }
}
