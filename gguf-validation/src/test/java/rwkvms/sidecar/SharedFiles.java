package rwkvms.sidecar;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.function.ThrowingConsumer;

/**
 * Tests over files that lie beside the repository and are not part of it.
 *
 * <p>Where they are absent, one test remains whose name says so, and a line on standard output: what was not evaluated
 * never looks like what passed.
 */
final class SharedFiles {
    /** Environment variable that names another folder than {@code ../shared}. */
    private static final String VARIABLE = "RWKVMS_SHARED";
    private static final Path SHARED = shared();

    private SharedFiles() {
    }

    private static Path shared() {
        String named = System.getenv(VARIABLE);
        return named != null ? Path.of(named) : Path.of(System.getProperty("rwkvms.root"), "..", "shared").normalize();
    }

    /** One test per folder of {@code ../shared/oracle}. */
    static List<DynamicTest> oracleCases(ThrowingConsumer<Path> test) throws IOException {
        Path oracle = SHARED.resolve("oracle");
        if (!Files.isDirectory(oracle)) {
            return notEvaluated("oracle");
        }
        try (Stream<Path> cases = Files.list(oracle)) {
            return cases.sorted().map(folder -> DynamicTest.dynamicTest(folder.getFileName().toString(),
                    () -> test.accept(folder))).toList();
        }
    }

    /** One test of a file under {@code ../shared}. */
    static List<DynamicTest> file(String name, ThrowingConsumer<Path> test) {
        Path file = SHARED.resolve(name);
        return Files.isRegularFile(file)
                ? List.of(DynamicTest.dynamicTest(name, () -> test.accept(file)))
                : notEvaluated(name);
    }

    private static List<DynamicTest> notEvaluated(String name) {
        String line = "NOT EVALUATED: ../shared/" + name + " is absent";
        return List.of(DynamicTest.dynamicTest(line, () -> System.out.println(line)));
    }
}
