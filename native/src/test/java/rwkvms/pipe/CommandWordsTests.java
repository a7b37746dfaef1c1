package rwkvms.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Command lines are taken apart as a shell does it, and name the program. */
final class CommandWordsTests {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            python3 mine.py              | python3,mine.py
            `  python3   -u	mine.py `    | python3,-u,mine.py
            'my python' "my file.py"     | my python,my file.py
            a\\ b c\\\\d                 | a b,c\\d
            "a\\"b\\\\c\\d" 'e\\f'       | a"b\\c\\d,e\\f
            run --name='x y'"z"          | run,--name=x yz
            run ''                       | run,
            $HOME/* ; ls | $HOME/*,;,ls
            """)
    void wordsArePartedAsInAShell(String line, String words) {
        assertThat(String.join(",", CommandWords.of(line))).isEqualTo(words == null ? "" : words);
    }

    @Test
    void whatCannotBeTakenApartIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> CommandWords.of("run 'x"))
                .withMessage("expected a second ', found the end of: run 'x");
        assertThatIllegalArgumentException().isThrownBy(() -> CommandWords.of(" "))
                .withMessage("expected a program and its arguments, found none");
    }

    @Test
    void theScriptIsTheName(@TempDir Path folder) throws Exception {
        Path script = Files.createFile(folder.resolve("mine.py"));
        Path data = Files.createFile(folder.resolve("data"));

        assertThat(CommandWords.label(List.of("python3", "-u", script.toString(), data.toString())))
                .isEqualTo("mine.py");
        assertThat(CommandWords.files(List.of("python3", "-u", script.toString(), data.toString())))
                .containsExactly(script, data);
        assertThat(CommandWords.label(List.of("/opt/bin/mine", "--fast"))).isEqualTo("mine");
        assertThat(CommandWords.files(List.of(script.toString(), "no-file"))).containsExactly(script);
    }
}
