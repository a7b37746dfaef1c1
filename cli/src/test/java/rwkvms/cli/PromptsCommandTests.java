package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.cli.StubServer.Answer;

/** {@code gate prompts} as its users see it. */
final class PromptsCommandTests {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void answersAreJudgedWhereSomethingIsExpected() throws Exception {
        Path suite = Files.writeString(folder.resolve("suite.jsonl"),
                """
                        {"id":"any","prompt":"Hi","system":"Be short."}
                        {"id":"words","messages":[{"role":"user","content":"Hi"}],"expect":{"min_words":1,"not_contains":"\u00e9"}}

                        {"prompt":"Hi","expect":{"json":true,"contains":["\u00e9"]}}
                        """);
        Path output = folder.resolve("rows.jsonl");
        try (RunningServer serving = RunningServer.in(folder)) {
            GateRun run = GateRun.of("prompts", suite, "--base-url", serving.url(), "--max-tokens", 5, "--output",
                    output, "--report", folder.resolve("report"));
            assertThat(run.code()).isEqualTo(ExitCode.FAILED);
            assertThat(run.out().lines().toList()).satisfiesExactly(
                    line -> assertThat(line).isEqualTo("answered  any"),
                    line -> assertThat(line).isEqualTo("passed    words"),
                    line -> assertThat(line).startsWith("FAILED    4: answer: expected a JSON object, found ")
                            .contains("; answer: expected one that contains \u00e9, found "),
                    line -> assertThat(line).isEqualTo("FAILED: 3 prompts, 1 as expected, 1 not, 0 without an answer, "
                            + "1 without an expectation"));
            GateRun first = GateRun.of("prompts", suite, "--base-url", serving.url(), "--max-tokens", 5, "--limit", 2,
                    "--json");
            assertThat(first.code()).isEqualTo(ExitCode.PASSED);
            assertThat(first.json().path("not_judged").asInt()).isEqualTo(1);
        }
        List<String> rows = Files.readAllLines(output);
        assertThat(rows).hasSize(3);
        JsonNode row = new ObjectMapper().readTree(rows.getFirst());
        assertThat(row.path("input_id").asText()).isEqualTo("any");
        assertThat(row.at("/request/messages/0/role").asText()).isEqualTo("system");
        assertThat(row.at("/usage/completion_tokens").asInt()).isEqualTo(5);
        assertThat(folder.resolve("report/allure-results")).isNotEmptyDirectory();
    }

    @Test
    void everyEndIsSaidAndCounted() throws Exception {
        Path suite = Files.writeString(folder.resolve("suite.jsonl"), """
                {"id":"any","prompt":"Hi"}
                {"id":"good","prompt":"Hi","expect":{"contains":"a"}}
                {"id":"bad","prompt":"Hi","expect":{"contains":["x"]}}
                {"id":"none","prompt":"silence","expect":{"contains":"a"}}
                """);
        Path output = folder.resolve("rows.jsonl");
        try (StubServer server = new StubServer(one -> one.line().startsWith("GET")
                ? Answer.ok("{\"data\":[{\"id\":\"tiny\"}]}")
                : one.body().contains("silence") ? new Answer(503, "busy") : Answer.saying("a"))) {
            GateRun run = GateRun.of("prompts", suite, "--base-url", server.url(), "--output", output, "--report",
                    folder.resolve("report"));
            assertThat(run.code()).isEqualTo(ExitCode.FAILED);
            assertThat(run.err()).isEmpty();
            String bad = "answer: expected one that contains x, found a";
            String none = "POST /chat/completions: expected HTTP 2xx, found 503: busy";
            assertThat(run.out()).isEqualToNormalizingNewlines("""
                    answered  any
                    passed    good
                    FAILED    bad: %s
                    NO ANSWER  none: %s
                    FAILED: 4 prompts, 1 as expected, 1 not, 1 without an answer, 1 without an expectation
                    """.formatted(bad, none));
            assertThat(server.asked("POST /v1/chat/completions").getFirst()).isEqualTo("{\"model\":\"tiny\","
                    + "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":256,\"temperature\":0.0,"
                    + "\"top_p\":1.0,\"top_k\":1,\"repeat_penalty\":1.0,\"seed\":123}");
            assertThat(Files.readAllLines(output)).satisfiesExactly(
                    row -> assertThat(row).contains("\"input_id\":\"any\"", "\"response_text\":\"a\""),
                    row -> assertThat(row).contains("\"input_id\":\"good\"", "\"problems\":[]"),
                    row -> assertThat(row).contains("\"input_id\":\"bad\"", "\"problems\":[\"" + bad + "\"]"),
                    row -> assertThat(row).contains("\"input_id\":\"none\"", "\"error\":\"" + none + "\""));
            assertThat(folder.resolve("report/summary.md"))
                    .hasContent("# gate prompts\n\n- **FAILED**: `bad`\n  - " + bad
                            + "\n- **not judged**: `none`\n  - none: " + none + "\n- not evaluated: `any`\n"
                            + "  - nothing is expected of the answer\n- passed: `good`\n");

            GateRun json = GateRun.of("prompts", suite, "--base-url", server.url(), "--json");
            assertThat(json.code()).isEqualTo(ExitCode.FAILED);
            assertThat(json.own()).hasToString("{\"ok\":false,\"errors\":[\"none: " + none + "\",\"bad: " + bad
                    + "\"],\"prompts\":4,\"passed\":1,\"failed\":1,\"unanswered\":1,\"not_judged\":1}");
        }
    }

    @Test
    void everySettingIsSent() throws Exception {
        Path suite = Files.writeString(folder.resolve("suite.txt"), "Hi\nand\nmore\n");
        try (StubServer server = new StubServer(one -> Answer.saying("a"))) {
            GateRun run = GateRun.of("prompts", suite, "--base-url", server.url(), "--model", "mine", "--max-tokens", 1,
                    "--temperature", 0.5, "--top-p", 0.9, "--top-k", 7, "--repeat-penalty", 1.5, "--seed", -1,
                    "--limit", 1);
            assertThat(run).isEqualTo(new GateRun(ExitCode.COULD_NOT_JUDGE, String.format("answered  1%n"
                    + "NOT JUDGED: 1 prompts, 0 as expected, 0 not, 0 without an answer, 1 without an expectation; "
                    + "nothing was judged: nothing is expected of any answer%n"), ""));
            assertThat(server.asked()).containsExactly(new StubServer.Request("POST /v1/chat/completions",
                    "{\"model\":\"mine\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":1,"
                            + "\"temperature\":0.5,\"top_p\":0.9,\"top_k\":7,\"repeat_penalty\":1.5}"));
            assertThat(GateRun.of("prompts", suite, "--base-url", server.url(), "--model", "mine", "--limit", 9)
                    .out().lines()).hasSize(4);
        }
    }

    /** A run that is broken off leaves its answers: the first one is in the file when the second one is asked for. */
    @Test
    void everyAnswerIsWrittenAtOnce() throws Exception {
        Path suite = Files.writeString(folder.resolve("suite.txt"), "first\nsecond\n");
        Path output = folder.resolve("rows.jsonl");
        List<Long> rows = new ArrayList<>();
        try (StubServer server = new StubServer(one -> {
            try (Stream<String> lines = Files.lines(output)) {
                rows.add(lines.count());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return Answer.saying("a");
        })) {
            GateRun run = GateRun.of("prompts", suite, "--base-url", server.url(), "--model", "mine", "--output",
                    output);
            assertThat(run.code()).isEqualTo(ExitCode.COULD_NOT_JUDGE);
            assertThat(rows).containsExactly(0L, 1L);
        }
    }

    /** Answers without an expectation are no pass. */
    @Test
    void nothingJudgedIsNoPass() throws Exception {
        Path suite = Files.writeString(folder.resolve("suite.jsonl"),
                "{\"prompt\":\"Hi\"}\n{\"prompt\":\"Ho\",\"expect\":{\"equals\":\"a\"}}\n");
        try (StubServer server = new StubServer(one -> Answer.saying("a"))) {
            GateRun first = GateRun.of("prompts", suite, "--base-url", server.url(), "--model", "mine", "--limit", 1,
                    "--json");
            assertThat(first.code()).isEqualTo(ExitCode.COULD_NOT_JUDGE);
            assertThat(first.own()).hasToString("{\"ok\":false,\"errors\":[\"nothing was judged: nothing is expected "
                    + "of any answer\"],\"prompts\":1,\"passed\":0,\"failed\":0,\"unanswered\":0,\"not_judged\":1}");
            GateRun both = GateRun.of("prompts", suite, "--base-url", server.url(), "--model", "mine");
            assertThat(both).isEqualTo(new GateRun(ExitCode.PASSED, String.format("answered  1%npassed    2%n"
                    + "passed: 2 prompts, 1 as expected, 0 not, 0 without an answer, 1 without an expectation%n"), ""));
        }
    }

    /** One expectation for three answers judges too little; an answer that misses it is still wrong. */
    @Test
    void lessThanHalfJudgedIsNoPass() throws Exception {
        Path suite = Files.writeString(folder.resolve("suite.jsonl"),
                "{\"prompt\":\"Hi\"}\n{\"prompt\":\"Hi\"}\n{\"prompt\":\"Ho\",\"expect\":{\"equals\":\"a\"}}\n");
        try (StubServer server = new StubServer(one -> Answer.saying("a"))) {
            GateRun run = GateRun.of("prompts", suite, "--base-url", server.url(), "--model", "mine");
            assertThat(run).isEqualTo(new GateRun(ExitCode.COULD_NOT_JUDGE, String.format("answered  1%nanswered  2%n"
                    + "passed    3%nNOT JUDGED: 3 prompts, 1 as expected, 0 not, 0 without an answer, 2 without an "
                    + "expectation; less than half was judged: something is expected of 1 of 3 answers%n"), ""));
            GateRun json = GateRun.of("prompts", suite, "--base-url", server.url(), "--model", "mine", "--json");
            assertThat(json.json().path("ok").booleanValue()).isFalse();
            assertThat(json.json().path("errors")).singleElement().asString()
                    .contains("less than half was judged: something is expected of 1 of 3 answers");
        }
        try (StubServer server = new StubServer(one -> Answer.saying("b"))) {
            assertThat(GateRun.of("prompts", suite, "--base-url", server.url(), "--model", "mine").code())
                    .isEqualTo(ExitCode.FAILED);
        }
    }

    /** A page, an error or half an answer is no answer, and no wrong answer either. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            <!DOCTYPE html><p>                     | expected a JSON object, found <!DOCTYPE html><p>
            {"error":{"message":"out of memory"}}  | expected an answer, found the error out of memory
            {"choices":[]}                         | expected a message of an assistant, found none in {"choices":[]}
            """)
    void whatIsNoAnswerIsNotJudged(String body, String problem) throws Exception {
        Path suite = Files.writeString(folder.resolve("suite.jsonl"),
                "{\"prompt\":\"Hi\",\"expect\":{\"not_contains\":\"sorry\"}}\n");
        try (StubServer server = new StubServer(one -> Answer.ok(body))) {
            GateRun run = GateRun.of("prompts", suite, "--base-url", server.url(), "--model", "mine");
            assertThat(run).isEqualTo(new GateRun(ExitCode.COULD_NOT_JUDGE, String.format("NO ANSWER  1: POST "
                    + "/chat/completions: " + problem + "%nNOT JUDGED: 1 prompts, 0 as expected, 0 not, "
                    + "1 without an answer, 0 without an expectation%n"), ""));
        }
    }

    /** A suite that must fail does so under every name. */
    @ParameterizedTest
    @ValueSource(strings = {"suite.jsonl", "suite.JSONL", "suite.ndjson", "suite.json", "suite", "suite.txt"})
    void aSuiteThatMustFailFails(String name) throws Exception {
        Path suite = Files.writeString(folder.resolve(name), "{\"prompt\":\"Hi\",\"expect\":{\"equals\":\"b\"}}\n");
        try (StubServer server = new StubServer(one -> Answer.saying("a"))) {
            GateRun run = GateRun.of("prompts", suite, "--base-url", server.url(), "--model", "mine");
            assertThat(run.code()).isEqualTo(ExitCode.FAILED);
            assertThat(server.asked("POST /v1/chat/completions")).allMatch(body -> body.contains("\"content\":\"Hi\""));
        }
    }

    /** PromptSuiteTests has all that is refused. */
    @Test
    void aSuiteThatCannotBeUnderstoodIsNamed() throws Exception {
        Path suite = Files.writeString(folder.resolve("suite.jsonl"),
                "{\"prompt\":\"a\"}\n{\"prompt\":\"a\",\"expect\":{\"matches\":\"(\"}}\n");
        GateRun run = GateRun.of("prompts", suite);
        assertThat(run.code()).isEqualTo(ExitCode.COULD_NOT_JUDGE);
        assertThat(run.errors()).containsExactly("gate: " + suite
                + ", line 2: expect.matches: expected a regular expression, found (: Unclosed group");
    }

    @Test
    void aServerThatDoesNotAnswerCannotBeJudged() throws Exception {
        Path suite = Files.writeString(folder.resolve("suite.txt"), "Hi\n\nHello\n");
        GateRun run = GateRun.of("prompts", suite, "--base-url", StubServer.nowhere() + "/v1", "--model", "a",
                "--json");
        assertThat(run.code()).isEqualTo(ExitCode.COULD_NOT_JUDGE);
        assertThat(run.json().path("unanswered").asInt()).isEqualTo(2);
        assertThat(run.json().at("/errors/1").asText())
                .startsWith("3: POST /chat/completions: expected an answer, found ");
    }
}
