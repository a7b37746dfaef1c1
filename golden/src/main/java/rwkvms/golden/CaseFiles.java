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
    private static final String CHECK_OUT = " check the golden cases out again";

    /** The list of the cases below a folder, one name per line, which is written together with them. */
    public static final String LIST = "cases.txt";

    /**
     * The cases below a folder, one per subfolder that holds a fixture, in the order of their names. A base stands in the case's
     * folder or above it; so does a sidecar that is for several cases, beside their list. If the folder has a list, all that it
     * names must be there.
     */
    public static List<CaseFiles> below(Path folder) throws IOException {
        List<CaseFiles> cases = new ArrayList<>();
        subfolders(folder).forEach(child -> in(child).ifPresent(cases::add));
        if (Files.exists(folder.resolve(LIST))) {
            requireListed(folder, cases);
        }
        return cases;
    }

    /** The folders in a folder, in the order of their names. */
    public static List<Path> subfolders(Path folder) throws IOException {
        try (Stream<Path> children = Files.list(folder)) {
            return children.filter(Files::isDirectory).sorted().toList();
        }
    }

    /** Fails if a case on the folder's list is gone: a smaller set would pass as the whole one. */
    public static void requireListed(Path folder, List<CaseFiles> cases) throws IOException {
        List<String> found = cases.stream().map(CaseFiles::name).toList();
        List<String> names = Files.readAllLines(folder.resolve(LIST));
        if (names.isEmpty()) {
            throw new IOException(folder.resolve(LIST) + ": expected the names of the golden cases, found none;"
                    + CHECK_OUT);
        }
        List<String> lost = names.stream().filter(name -> !found.contains(name)).toList();
        if (!lost.isEmpty()) {
            throw new IOException(folder + ": expected " + names.size() + " committed golden cases, found "
                    + (names.size() - lost.size()) + " of them, and not " + lost.getFirst()
                    + (lost.size() == 1 ? "" : " and " + (lost.size() - 1) + " more") + ";" + CHECK_OUT);
        }
    }

    /** The case in a folder, or empty if the folder holds no fixture. */
    public static Optional<CaseFiles> in(Path folder) {
        return FIXTURES.stream().map(folder::resolve).filter(Files::exists).findFirst()
                .map(fixture -> new CaseFiles(String.valueOf(folder.getFileName()), fixture,
                        existing(folder.resolve(SIDECAR)).or(() -> shared(folder)),
                        existing(folder.resolve(BASE)).or(() -> existing(folder.resolveSibling(BASE)))));
    }

    /** The sidecar for all cases of a list: without a list a sidecar one folder up is somebody else's. */
    private static Optional<Path> shared(Path folder) {
        return existing(folder.resolveSibling(LIST)).flatMap(list -> existing(list.resolveSibling(SIDECAR)));
    }

    private static Optional<Path> existing(Path file) {
        return Optional.of(file).filter(Files::exists);
    }
}
