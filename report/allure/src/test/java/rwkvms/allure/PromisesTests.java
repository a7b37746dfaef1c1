package rwkvms.allure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page "Behaviors" leaves no test out. */
final class PromisesTests {
    private static final Path ROOT = Path.of(System.getProperty("rwkvms.root", "../..")).toAbsolutePath().normalize();
    private static final String TESTS = "src/test/java";

    /** Sources in the folders of tests. */
    private static List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>();
        try (Stream<Path> modules = Files.list(ROOT)) {
            for (Path module : Stream.concat(modules, Stream.of(ROOT.resolve("report/allure"))).toList()) {
                Path tests = module.resolve(TESTS);
                if (Files.isDirectory(tests)) {
                    try (Stream<Path> files = Files.walk(tests)) {
                        sources.addAll(files.filter(file -> file.toString().endsWith(".java")).toList());
                    }
                }
            }
        }
        return sources;
    }

    private static List<String> testClasses() throws IOException {
        List<String> classes = new ArrayList<>();
        sources().stream().map(source -> ROOT.relativize(source).toString())
                .filter(file -> file.matches(".*(Tests|Properties)\\.java"))
                .map(file -> file.substring(file.indexOf(TESTS) + TESTS.length() + 1))
                .forEach(file -> classes.add(file.replace(".java", "").replace('/', '.')));
        try (Stream<Path> files = Files.list(ROOT.resolve("native/src/test/cpp"))) {
            files.map(file -> String.valueOf(file.getFileName())).filter(file -> file.endsWith("_test.cpp"))
                    .forEach(file -> classes.add("cpp." + file.replace(".cpp", "")));
        }
        return classes;
    }

    @Test
    void everyTestClassIsOfAPromise() throws IOException {
        Promises promises = Promises.read();
        List<String> classes = testClasses();
        assertThat(classes).hasSizeGreaterThan(200);
        assertThat(classes).filteredOn(each -> promises.of(each).isEmpty())
                .as("test classes that promises.txt does not name").isEmpty();
    }

    /**
     * What is not evaluated is told by a TestAbortedException: a message of an assumption begins with its library's words, and the
     * category of the report, which goes by the beginning, would leave it out.
     */
    @Test
    void noTestUsesAnAssumption() throws IOException {
        List<Path> sources = sources();
        assertThat(sources).hasSizeGreaterThan(300);
        for (Path source : sources) {
            assertThat(Files.readString(source)).as(source.toString())
                    .doesNotContainPattern("(?m)^import .*\\.Assumptions[.;]");
        }
    }

    @Test
    void theLongestBeginningDecides() throws IOException {
        assertThat(Promises.read().of("rwkvms.parity.FalseAlarmTests").orElseThrow().promise()).isEqualTo("Gate power");
        assertThat(Promises.read().of("rwkvms.parity.GoldenParityTests").orElseThrow().promise()).isEqualTo("Parity");
        assertThat(Promises.read().of("elsewhere.Tests")).isEmpty();
    }
}
