package rwkvms.parity;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import rwkvms.fixtures.FixtureException;
import rwkvms.fixtures.testing.SharedCases;
import rwkvms.golden.BindingException;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.GoldenCase;

/** The cases that judge every runtime, opened once for all test classes of this JVM. */
final class Cases {
    static final Path ROOT = Path.of(System.getProperty("rwkvms.root", "..")).toAbsolutePath().normalize();
    /** Oracle and published fixtures, if this machine has them. */
    static final SharedCases SHARED = SharedCases.ofBuild();

    private static final List<GoldenCase> COMMITTED = open(ROOT.resolve("golden/data"));
    private static final List<GoldenCase> ORACLE = SHARED.oracleCases().stream()
            .map(folder -> open(CaseFiles.in(folder).orElseThrow())).toList();

    private Cases() {
    }

    static List<GoldenCase> committed() {
        return COMMITTED;
    }

    /** The oracle cases; none if the folder is absent. */
    static List<GoldenCase> oracle() {
        return ORACLE;
    }

    static List<GoldenCase> all() {
        List<GoldenCase> all = new ArrayList<>(COMMITTED);
        all.addAll(ORACLE);
        return all;
    }

    /** The number of cases that the C++ runtime evaluates, which are those of one state head. */
    static long runnable(List<GoldenCase> cases) {
        return cases.stream().filter(golden -> golden.fixture().config().numStateHeads() == 1).count();
    }

    static GoldenCase committed(String name) {
        return COMMITTED.stream().filter(golden -> golden.name().equals(name)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no golden case " + name));
    }

    /** The fixture published with the project, without its weights. */
    static GoldenCase published(Path fixture) {
        return open(new CaseFiles("published", fixture, Optional.empty(), Optional.empty()));
    }

    /** The cases of a folder. */
    static List<GoldenCase> open(Path folder) {
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
