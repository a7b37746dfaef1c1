package rwkvms.parity;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import rwkvms.fixtures.FixtureException;
import rwkvms.golden.BindingException;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.GoldenCase;

/** The cases that every runtime is judged by, opened once for all test classes of this JVM. */
final class Cases {
    /** The repository, as Maven tells. */
    static final Path ROOT = Path.of(property("rwkvms.root", "..")).toAbsolutePath().normalize();
    /** The folder of oracle and published fixtures beside the repository, where there is one. */
    static final Path SHARED = Path.of(property("rwkvms.shared", ROOT.resolveSibling("shared").toString()));

    private static final List<GoldenCase> COMMITTED = open(ROOT.resolve("golden/data"));
    private static final List<GoldenCase> ORACLE = open(SHARED.resolve("oracle"));
    private static final Path PUBLISHED = SHARED.resolve("upstream/rwkv_ms_math_fixture.json");

    private Cases() {
    }

    private static String property(String name, String otherwise) {
        String value = System.getProperty(name, "");
        return value.isEmpty() ? otherwise : value;
    }

    /** The golden cases of this repository. */
    static List<GoldenCase> committed() {
        return COMMITTED;
    }

    /** The oracle cases, or none where the folder is absent. */
    static List<GoldenCase> oracle() {
        return ORACLE;
    }

    /** Committed and oracle cases. */
    static List<GoldenCase> all() {
        List<GoldenCase> all = new ArrayList<>(COMMITTED);
        all.addAll(ORACLE);
        return all;
    }

    static GoldenCase committed(String name) {
        return COMMITTED.stream().filter(golden -> golden.name().equals(name)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no golden case " + name));
    }

    /** The fixture published with the project, without its weights. */
    static Optional<GoldenCase> published() {
        return Files.exists(PUBLISHED)
                ? Optional.of(open(new CaseFiles("published", PUBLISHED, Optional.empty(), Optional.empty())))
                : Optional.empty();
    }

    private static List<GoldenCase> open(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try {
            return CaseFiles.below(folder).stream().map(Cases::open).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static GoldenCase open(CaseFiles files) {
        try {
            return GoldenCase.open(files);
        } catch (FixtureException | BindingException | IOException e) {
            throw new IllegalStateException(files.name() + ": " + e.getMessage(), e);
        }
    }
}
