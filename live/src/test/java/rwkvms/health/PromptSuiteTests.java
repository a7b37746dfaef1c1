package rwkvms.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Suites of prompts: both kinds of files, and what a line must not be. */
final class PromptSuiteTests {
    @TempDir
    private Path folder = Path.of("");

    private static List<String> shown(PromptSuite suite) {
        return suite.prompts().stream().map(prompt -> prompt.id() + " " + prompt.messages() + " "
                + prompt.expect().map(expect -> expect.problems("no").toString()).orElse("-")).toList();
    }

    @Test
    void aPromptALine() throws IOException {
        Path file = Files.writeString(folder.resolve("p.txt"), " Say hi. \n\n{\"prompt\":1}\n");
        assertThat(shown(PromptSuite.read(file))).containsExactly(
                "1 [{\"role\":\"user\",\"content\":\"Say hi.\"}] -",
                "3 [{\"role\":\"user\",\"content\":\"{\\\"prompt\\\":1}\"}] -");
    }

    @Test
    void linesOfJson() throws IOException {
        Path file = Files.writeString(folder.resolve("p.jsonl"), """
                {"prompt":"a"}

                {"id":"named","prompt":"b","system":"s","expect":{"equals":"yes"}}
                {"id":7,"messages":[{"role":"user","content":"c"}],"expect":{}}
                {"messages":[{"role":"user","content":"d"}],"system":"s"}
                """);
        assertThat(shown(PromptSuite.read(file))).containsExactly(
                "1 [{\"role\":\"user\",\"content\":\"a\"}] -",
                "named [{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\",\"content\":\"b\"}] "
                        + "[answer: expected the text yes, found no]",
                "7 [{\"role\":\"user\",\"content\":\"c\"}] []",
                "5 [{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\",\"content\":\"d\"}] -");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {}                                    | expected either prompt or messages, found neither
            {"prompt":"a","messages":[]}          | expected either prompt or messages, found both
            {"prompt":1}                          | expected a text prompt or a list of messages, found {"prompt":1}
            {"messages":[]}                       | expected a text prompt or a list of messages, found {"messages":[]}
            {"messages":{"a":1}}                  | expected a text prompt or a list of messages, found {"messages":{"a":1}}
            []                                    | expected a JSON object, found []
            {"prompt":"a","expect":1}             | expect: expected an object, found 1
            {"id":"1","prompt":"a"}               | id: expected one of its own, found 1 a second time
            """)
    void refusesALine(String line, String problem) throws IOException {
        Path file = Files.writeString(folder.resolve("p.jsonl"), "{\"prompt\":\"a\"}\n\n" + line + "\n");
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> PromptSuite.read(file))
                .withMessage(file + ", line 3: " + problem);
    }

    @Test
    void refusesALineThatIsNoJson() throws IOException {
        Path file = Files.writeString(folder.resolve("p.jsonl"), "{\"prompt\":\"a\"} x");
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> PromptSuite.read(file))
                .withMessageStartingWith(file + ", line 1: expected a JSON object, found Unrecognized token 'x'");
    }

    @Test
    void refusesAFileWithoutPrompts() throws IOException {
        Path file = Files.writeString(folder.resolve("p.txt"), "\n \n");
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> PromptSuite.read(file))
                .withMessage(file + ": expected at least one prompt, found none");
    }

    /** Of a file that takes no room on the disk. */
    @Test
    void refusesAFileThatIsTooLarge() throws IOException {
        Path file = folder.resolve("p.txt");
        try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
            large.setLength((64L << 20) + 1);
        }
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> PromptSuite.read(file))
                .withMessage(file + ": expected at most 67108864 bytes, found 67108865");
    }
}
