package rwkvms.golden;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The files of one golden case. */
public record CaseFiles(String name, Path fixture, Optional<Path> sidecar, Optional<Path> base) {
    private static final List<String> FIXTURES = List.of("fixture.json", "fixture.json.gz");
    private static final String SIDECAR = "sidecar.gguf";
    private static final String BASE = "base.gguf";

    /**
     * The cases below a folder, one a subfolder that holds a fixture, in the order of their names. A base stands in the
     * case's folder or above it.
     */
    public static List<CaseFiles> below(Path folder) throws IOException {
        List<CaseFiles> cases = new ArrayList<>();
        try (Stream<Path> children = Files.list(folder)) {
            for (Path child : children.filter(Files::isDirectory).sorted().toList()) {
                in(child).ifPresent(cases::add);
            }
        }
        return cases;
    }

    /** The case in a folder, or empty where the folder holds no fixture. */
    public static Optional<CaseFiles> in(Path folder) {
        return FIXTURES.stream().map(folder::resolve).filter(Files::exists).findFirst()
                .map(fixture -> new CaseFiles(String.valueOf(folder.getFileName()), fixture,
                        existing(folder.resolve(SIDECAR)),
                        existing(folder.resolve(BASE)).or(() -> existing(folder.resolveSibling(BASE)))));
    }

    private static Optional<Path> existing(Path file) {
        return Optional.of(file).filter(Files::exists);
    }
}
