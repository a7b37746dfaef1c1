package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code --require}: what it takes, and what is too little. */
final class RequirementTests {
    @TempDir
    private Path folder = Path.of("");

    private Requirement list(String text) throws IOException {
        return Requirement.of(Files.writeString(folder.resolve("list"), text).toString());
    }

    private static List<String> shortfalls(Requirement required, Coverage... all) {
        return required.shortfalls("yours", List.of(all), String::equals);
    }

    private static Coverage covered(String name, int tensors, boolean evaluated) {
        return new Coverage(name, "cases", tensors, evaluated);
    }

    @Test
    void aListHasCommentsAndBlankLines() throws IOException {
        Requirement required = list("\uFEFF# what we run\r\n\r\n  basic  # the plainest\r\nno-mask\r\n");

        required.requireKnown(List.of("basic", "no-mask"), String::equals, "a case");
        assertThat(shortfalls(required, covered("basic", 1, false), covered("no-mask", 1, true),
                covered("other", 100, false)))
                .containsExactly("yours: 1 required by --require " + folder.resolve("list")
                        + " and not evaluated: basic");
        assertThat(shortfalls(required, covered("basic", 1, true), covered("no-mask", 1, true))).isEmpty();
    }

    @Test
    void aNameThatNothingAnswersToIsRefused() throws IOException {
        Requirement required = list("basic\n# no\nbasik\n");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> required.requireKnown(List.of("basic"), String::equals, "a case of this check"))
                .withMessage(folder.resolve("list") + ": line 3: expected a case of this check, found 'basik'");
    }

    @Test
    void aNameTwiceIsRefused() {
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> list("a\nb\na # again\n"))
                .withMessage(folder.resolve("list")
                        + ": line 3: expected each name once, found 'a' again, which is in line 1");
    }

    @Test
    void aListOfNothingIsRefused() throws IOException {
        String list = folder.resolve("list").toString();
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> list("# nothing\n"))
                .withMessage(list + ": expected the names of what must be evaluated, one per line, found none");
        Files.write(folder.resolve("list"), "caf\u00e9".getBytes(StandardCharsets.ISO_8859_1));
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> Requirement.of(list))
                .withMessage(list + ": expected text in UTF-8, found other bytes");
        Files.delete(folder.resolve("list"));
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> Requirement.of(list))
                .withMessage(list + ": expected a readable file, found none");
    }

    @Test
    void allIsAll() throws IOException {
        Coverage[] seven = IntStream.range(0, 7).mapToObj(i -> covered("c" + i, 1, i == 6)).toArray(Coverage[]::new);
        assertThat(shortfalls(Requirement.of("all"), seven)).containsExactly(
                "yours: 6 required by --require all and not evaluated: c0, c1, c2, c3, c4 and 1 more");
        assertThat(shortfalls(Requirement.of("all"), covered("a", 1, true))).isEmpty();
    }

    /** Both cases and tensors count, and half is enough. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            10 | 10 | 10 |
            10 | 9  | 1  |
            20 | 10 | 10 | yours: evaluated 2 of 3 cases with 20 of 41 tensors, less than half; name what it must cover with --require FILE
            """)
    void withoutAListHalfOfBoth(int missed, int a, int b, String shortfall) throws IOException {
        int more = missed == 20 ? 1 : 0;
        assertThat(shortfalls(Requirement.of(null), covered("m", missed + more, false), covered("a", a, true),
                covered("b", b, true))).isEqualTo(shortfall == null ? List.of() : List.of(shortfall));
    }

    @Test
    void withoutAListHalfOfTheCases() throws IOException {
        assertThat(shortfalls(Requirement.of(null), covered("a", 9, true), covered("b", 1, false),
                covered("c", 1, false))).containsExactly("yours: evaluated 1 of 3 cases with 9 of 11 tensors, less than"
                        + " half; name what it must cover with --require FILE");
        assertThat(shortfalls(Requirement.of(null), covered("a", 0, true), covered("b", 0, false))).isEmpty();
        assertThat(shortfalls(Requirement.of(null), covered("a", 0, true), new Coverage("b", "state checks", 0, false)))
                .containsExactly("yours: evaluated 0 of 1 state checks, less than half; name what it must cover with"
                        + " --require FILE");
    }
}
