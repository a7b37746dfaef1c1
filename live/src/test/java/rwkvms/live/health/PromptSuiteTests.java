package rwkvms.live.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Suites of prompts: both kinds of files, and the lines that are refused. */
final class PromptSuiteTests {
    @TempDir
    private Path folder = Path.of("");

    private static List<String> shown(PromptSuite suite) {
        return suite.prompts().stream().map(prompt -> prompt.id() + " " + prompt.messages() + " "
                + prompt.expect().map(expect -> expect.problems("no").toString()).orElse("-")).toList();
    }

    @Test
    void aPromptALine() throws IOException {
        Path file = Files.writeString(folder.resolve("p.txt"), " Say hi. \n\n[ACTION] {\"prompt\":1}\r\n\ufeff\n");
        assertThat(shown(PromptSuite.read(file))).containsExactly(
                "1 [{\"role\":\"user\",\"content\":\"Say hi.\"}] -",
                "3 [{\"role\":\"user\",\"content\":\"[ACTION] {\\\"prompt\\\":1}\"}] -");
    }

    /** Expectations are recognised for every file name and every way to write the text. */
    @ParameterizedTest
    @ValueSource(strings = {"p.jsonl", "p.JSONL", "p.ndjson", "p.json", "p.JSON", "p", "p.txt", "p.yaml", ".jsonl"})
    void jsonIsToldByWhatTheFileHolds(String name) throws IOException {
        Path file = folder.resolve(name);
        String line = "{\"prompt\":\"a\",\"expect\":{\"equals\":\"yes\"}}";
        String found = " [{\"role\":\"user\",\"content\":\"a\"}] [answer: expected the text yes, found no]";
        for (String lines : List.of(line, "\ufeff" + line, "\r\n" + line + "\r\n", "\n" + line + "\r\r",
                "\n\ufeff  " + line)) {
            for (Charset charset : List.of(StandardCharsets.UTF_8, StandardCharsets.UTF_16BE,
                    StandardCharsets.UTF_16LE)) {
                String marked = charset == StandardCharsets.UTF_8 ? lines : "\ufeff" + lines;
                Files.write(file, marked.getBytes(charset));
                assertThat(shown(PromptSuite.read(file))).singleElement().asString().endsWith(found);
            }
        }
        for (String array : List.of("[" + line + "]", "\ufeff[\n  " + line + "\n]\n", " [\r" + line + "\r]")) {
            Files.writeString(file, array);
            assertThat(shown(PromptSuite.read(file))).containsExactly("1" + found);
        }
    }

    @Test
    void aMarkIsNoPartOfAPrompt() throws IOException {
        Path file = Files.writeString(folder.resolve("p.txt"), "\ufeffa\n\ufeffb\n");
        assertThat(shown(PromptSuite.read(file))).containsExactly("1 [{\"role\":\"user\",\"content\":\"a\"}] -",
                "2 [{\"role\":\"user\",\"content\":\"b\"}] -");
    }

    /** A file that may contain unread expectations is refused. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            p.txt  | Say hi.%n{"prompt":"a"}     | , line 1: expected a JSON object, found Unrecognized token 'Say': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false'); line 2 is JSON, so every line must be
            p.txt  | {name} says hi.             | , line 1: expected a JSON object, found Unexpected character ('n' (code 110)): was expecting double-quote to start field name; a line that begins like this is read as JSON
            p      | ["a","b"]                   | , prompt 1: expected a JSON object, found "a"
            p.txt  | [%n{"prompt":"a"},%n]       | : expected an array of JSON objects, found Unexpected character (']' (code 93)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false') in line 3
            p.json | [{"prompt":"a"}] x          | : expected an array of JSON objects, found Unrecognized token 'x': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false') in line 1
            p.json | []                          | : expected at least one prompt, found none
            p.json | Say hi.                     | , line 1: expected a JSON object, found Unrecognized token 'Say': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')
            p.yaml | Say hi.                     | : expected JSON objects, or a name that ends with .txt for one prompt per line, found neither
            p.csv  | a,b                         | : expected JSON objects, or a name that ends with .txt for one prompt per line, found neither
            p.txt  | - prompt: a%n  expect: b    | , line 1: expected a prompt, found a key of one, - prompt: a: write what is to be expected in lines of JSON
            p      | prompt,expect%na,b          | , line 1: expected a prompt, found a key of one, prompt,expect: write what is to be expected in lines of JSON
            p.txt  | a%n'expected' = b           | , line 2: expected a prompt, found a key of one, 'expected' = b: write what is to be expected in lines of JSON
            p.txt  | 1. {"prompt":"a","expect":{}} | , line 1: expected a prompt, found a key of one, 1. {"prompt":"a","expect":{}}: write what is to be expected in lines of JSON
            p.txt  | <!DOCTYPE html>%n<p>        | : expected prompts, found an HTML page; fetch the file itself
            p.txt  | version https://git-lfs.github.com/spec/v1%noid | : expected prompts, found a Git LFS pointer; 'git lfs pull' fetches the file
            """)
    void refusesAFile(String name, String text, String problem) throws IOException {
        Path file = Files.writeString(folder.resolve(name), text.replace("%n", "\n"));
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> PromptSuite.read(file))
                .withMessage(file + problem);
    }

    @Test
    void refusesWhatIsNoText() throws IOException {
        Path file = Files.write(folder.resolve("p.txt"), new byte[]{'a', 'b', (byte) 0xff, 'c'});
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> PromptSuite.read(file))
                .withMessage(file + ": expected text in UTF-8, found other bytes at byte 2");
        Files.write(file, "ab".getBytes(StandardCharsets.UTF_16LE));
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> PromptSuite.read(file)).withMessage(file
                + ": expected text in UTF-8, found character 0 at character 1; UTF-16 needs its byte order mark");
    }

    @Test
    void linesOfJson() throws IOException {
        Path file = Files.writeString(folder.resolve("p.jsonl"), """
                {"prompt":"a"}

                {"id":"named","prompt":"b","system":"s","expect":{"equals":"yes"}}
                {"id":7,"messages":[{"role":"user","content":"c"}],"expect":{"min_words":1}}
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
            {"prompt":"a","expect":null}          | expect: expected an object, found null
            {"prompt":"a","expect":{}}            | expect: expected at least one expectation, found none
            {"prompt":"a","expected":{"equals":"b"}} | expected the keys id, prompt, messages, system and expect, found expected
            {"prompt":"a","contains":"b"}         | expected the keys id, prompt, messages, system and expect, found contains
            {"prompt":"a","Expect":{"equals":"b"}} | expected the keys id, prompt, messages, system and expect, found Expect
            {"prompt":"a","expect":{"equals":"b"},"expect":{"equals":"c"}} | expected a JSON object, found Duplicate field 'expect'
            {"prompt":"a","expect":{"equals":"b","equals":"c"}} | expected a JSON object, found Duplicate field 'equals'
            {"prompt":"a","system":["s"]}         | system: expected a text, found ["s"]
            {"prompt":"a","id":null}              | id: expected a text or a whole number, found null
            {"prompt":"a","id":" "}               | id: expected a text or a whole number, found " "
            {"prompt":"a","id":1.5}               | id: expected a text or a whole number, found 1.5
            {"messages":["a"]}                    | messages: expected objects with a role, found "a"
            {"messages":[{"role":"user","content":"a","expect":{"equals":"b"}}]} | messages: expected expect beside them, found it in one
            {"messages":[{"role":"user","content":"a","assert":{"equals":"b"}}]} | messages: expected the keys of a chat message, found assert
            {"messages":[{"role":"user","content":"a","equals":"b"}]} | messages: expected the keys of a chat message, found equals
            {"messages":[{"role":"user","content":[{"type":"text","text":"a","contains":"b"}]}]} | messages: expected the keys of a part of a chat message, found contains
            {"id":"1","prompt":"a"}               | id: expected one of its own, found 1 a second time
            """)
    void refusesALine(String line, String problem) throws IOException {
        Path file = Files.writeString(folder.resolve("p.jsonl"), "{\"prompt\":\"a\"}\n\n" + line + "\n");
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> PromptSuite.read(file))
                .withMessage(file + ", line 3: " + problem);
    }

    @Test
    void everyKeyOfAMessageIsTaken() throws IOException {
        Path file = Files.writeString(folder.resolve("p.jsonl"),
                """
                        {"messages":[{"role":"user","name":"n","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"u","any":1}}]},{"role":"assistant","content":null,"refusal":null,"reasoning_content":"r","tool_calls":[{"id":"1","any":1}]},{"role":"tool","tool_call_id":"1","content":"c"}]}
                        """);
        assertThat(PromptSuite.read(file).prompts()).singleElement()
                .satisfies(prompt -> assertThat(prompt.messages()).hasSize(3));
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

    /** A sparse file, which takes no room on the disk. */
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
