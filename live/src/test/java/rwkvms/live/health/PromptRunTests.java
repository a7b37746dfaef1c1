package rwkvms.live.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.live.health.FakeServer.Then;
import rwkvms.live.health.StandIn.Fault;
import rwkvms.report.Outcome.Failed;
import rwkvms.report.Outcome.NotEvaluated;
import rwkvms.report.Outcome.Passed;

/** Prompts and traces sent to a server: the requests, the verdicts and the results file. */
@Timeout(60)
final class PromptRunTests {
    private static final Duration LONG = Duration.ofSeconds(50);

    @TempDir
    private Path folder = Path.of("");

    private List<PromptSuite.Prompt> prompts() throws IOException {
        return PromptSuite.read(Files.writeString(folder.resolve("p.jsonl"), """
                {"id":"good","prompt":"Hi","expect":{"equals":"You said: Hi"}}
                {"id":"bad","prompt":"Hi","expect":{"equals":"Ho","max_words":1}}
                {"id":"open","prompt":"Hi"}
                """)).prompts();
    }

    @Test
    void answersAreJudgedWhereSomethingIsExpected() throws IOException {
        try (StandIn server = StandIn.start(folder, Fault.NOTHING);
                ServerClient client = FakeServer.client(server.baseUrl(), LONG, LONG)) {
            PromptRun run = new PromptRun(client, "m", "run", PromptRun.Settings.GREEDY);
            List<PromptRun.Row> rows = prompts().stream().map(run::ask).toList();

            assertThat(rows).extracting(PromptRun.Row::id).containsExactly("good", "bad", "open");
            assertThat(rows).extracting(PromptRun.Row::outcome).containsExactly(new Passed(),
                    new Failed(List.of("answer: expected the text Ho, found You said: Hi",
                            "answer: expected at most 1 words, found You said: Hi")),
                    new NotEvaluated("nothing is expected of the answer"));
            assertThat(rows).allMatch(PromptRun.Row::answered);
            assertThat(rows.get(0).row().get("problems")).isEmpty();
            assertThat(rows.get(1).row().get("problems").get(0).asText())
                    .isEqualTo("answer: expected the text Ho, found You said: Hi");
            assertThat(rows.get(2).row().has("problems")).isFalse();
            ObjectNode row = rows.get(0).row();
            assertThat(Instant.parse(row.remove("timestamp").asText())).isAfter(Instant.EPOCH);
            assertThat(row.remove("latency_ms").asDouble()).isBetween(0.001, 50_000.0);
            assertThat(row).hasToString("{\"run_id\":\"run\",\"input_id\":\"good\",\"backend\":"
                    + "\"llama.cpp_openai_compatible\",\"base_url\":\"" + server.baseUrl() + "\",\"model\":\"m\","
                    + "\"request\":{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],"
                    + "\"max_tokens\":256,\"temperature\":0.0,\"top_p\":1.0,\"top_k\":1,\"repeat_penalty\":1.0,"
                    + "\"seed\":123},\"response_text\":\"You said: Hi\",\"reasoning_content\":\"\","
                    + "\"finish_reason\":\"stop\",\"usage\":{\"completion_tokens\":3},\"raw_response\":"
                    + "{\"choices\":[{\"message\":{\"content\":\"You said: Hi\"},\"finish_reason\":\"stop\"}],"
                    + "\"usage\":{\"completion_tokens\":3}},\"problems\":[]}");
        }
    }

    @Test
    void aSeedIsSentWhereItIsNotNegative() throws IOException {
        try (StandIn server = StandIn.start(folder, Fault.NOTHING);
                ServerClient client = FakeServer.client(server.baseUrl(), LONG, LONG)) {
            for (int seed : new int[]{0, -1}) {
                new PromptRun(client, "m", "run", new PromptRun.Settings(5, 0.5, 0.25, 7, 1.5, seed))
                        .ask(prompts().getLast());
            }
            assertThat(server.asked().get(0)).hasToString(
                    "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":5,"
                            + "\"temperature\":0.5,\"top_p\":0.25,\"top_k\":7,\"repeat_penalty\":1.5,\"seed\":0}");
            assertThat(server.asked().get(1).has("seed")).isFalse();
        }
    }

    @Test
    void aServerThatDoesNotAnswerIsToldInTheRow() throws Exception {
        try (FakeServer server = FakeServer.answering(FakeServer.http(500, "oops"), Then.CLOSE);
                ServerClient client = FakeServer.client(server.baseUrl(), LONG, LONG)) {
            PromptRun.Row row = new PromptRun(client, "m", "run", PromptRun.Settings.GREEDY).ask(prompts().getFirst());
            String problem = "POST /chat/completions: expected HTTP 2xx, found 500: oops";
            assertThat(row.answered()).isFalse();
            assertThat(String.join("; ", row.outcome().reasons())).isEqualTo(problem);
            assertThat(row.row().path("error").asText()).isEqualTo(problem);
        }
    }

    /** A reply without an answer fails every expectation. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {}                              | false | POST /chat/completions: expected a message of an assistant, found none in {}
            {"error":{"message":"no GPU"}}  | false | POST /chat/completions: expected an answer, found the error no GPU
            <html>                          | false | POST /chat/completions: expected a JSON object, found <html>
            {"choices":[{"message":{"content":"No."},"finish_reason":"content_filter"}]} | false | POST /chat/completions: expected an answer, found one that content_filter ended: No.
            {"choices":[{"message":{"content":"sorry"},"finish_reason":"length"}]} | true | answer: expected one without sorry, found sorry; the answer was cut: finish_reason length
            {"choices":[{"message":{"content":"sorry"},"finish_reason":"stop"}]} | true | answer: expected one without sorry, found sorry
            {"choices":[{"index":1,"message":{"content":"sorry"},"finish_reason":"length"},{"index":0,"message":{"content":"sorry"},"finish_reason":"stop"}]} | true | answer: expected one without sorry, found sorry
            {"choices":[{"message":{"content":""}}]} | true | answer: expected some text, found nothing
            {"choices":[{"message":{"content":null,"reasoning_content":"Hm"}}]} | true | answer: expected some text, found nothing; there is reasoning and no answer: Hm
            """)
    void whatIsNoAnswerPassesNothing(String body, boolean answered, String problem) throws Exception {
        PromptSuite.Prompt prompt = PromptSuite.read(Files.writeString(folder.resolve("p.jsonl"),
                "{\"prompt\":\"Hi\",\"expect\":{\"not_contains\":\"sorry\"}}")).prompts().getFirst();
        try (FakeServer server = FakeServer.answering(FakeServer.http(200, body), Then.CLOSE);
                ServerClient client = FakeServer.client(server.baseUrl(), LONG, LONG)) {
            PromptRun.Row row = new PromptRun(client, "m", "run", PromptRun.Settings.GREEDY).ask(prompt);
            assertThat(row.answered()).isEqualTo(answered);
            assertThat(String.join("; ", row.outcome().reasons())).isEqualTo(problem);
        }
    }

    @Test
    void silenceIsNotRecorded() throws IOException {
        try (StandIn server = StandIn.start(folder, Fault.SAYS_NOTHING);
                ServerClient client = FakeServer.client(server.baseUrl(), LONG, LONG)) {
            assertThatExceptionOfType(ServerException.class)
                    .isThrownBy(() -> Traces.record(client, "m", "Hi", 4, Instant.EPOCH))
                    .withMessage("POST /chat/completions: expected some text to record, found none");
        }
    }

    @Test
    void aTraceIsRecordedAndRepeated() throws IOException {
        try (StandIn server = StandIn.start(folder, Fault.NOTHING);
                ServerClient client = FakeServer.client(server.baseUrl(), LONG, LONG)) {
            String model = Traces.model(client, Optional.empty());
            ObjectNode json = Traces.record(client, model, "Hi ", 4, Instant.EPOCH);
            Path file = Files.writeString(folder.resolve("trace.json"), json.toString());

            Trace trace = Trace.read(file);
            assertThat(trace).isEqualTo(new Trace("Hi ", 4, "You said: Hi"));
            assertThat(Traces.compare(client, model, trace)).isEqualTo(new Traces.Comparison("You said: Hi ", ""))
                    .matches(Traces.Comparison::same);
            assertThat(Traces.compare(client, model, new Trace("Hi", 4, "You said: Ho")))
                    .isEqualTo(new Traces.Comparison("You said: Hi",
                            "character 11: expected \"o\", found \"i\""))
                    .matches(comparison -> !comparison.same());
            assertThat(server.asked().getLast().path("model").asText()).isEqualTo("stand-in");
            JsonNode took = json.remove("elapsed_ms");
            assertThat(took.asDouble()).isBetween(0.001, 50_000.0);
            assertThat(json).hasToString("{\"schema\":\"delta_mem_rwkv_ms_reference_trace.v1\",\"created_at\":"
                    + "\"1970-01-01T00:00:00Z\",\"source\":{\"base_url\":\"" + server.baseUrl()
                    + "\",\"model\":\"stand-in\"},\"generation\":{\"prompt\":\"Hi \",\"max_new_tokens\":4,"
                    + "\"do_sample\":false,\"sample_seed\":null,\"temperature\":0,\"top_k\":1,\"seed\":123},"
                    + "\"result\":{\"user\":\"Hi \",\"assistant\":\"You said: Hi \",\"assistant_display\":"
                    + "\"You said: Hi\"}}");
        }
    }

    @Test
    void theModelsNameIsTheGivenOneElseTheFirstOfTheServer() throws IOException {
        try (StandIn server = StandIn.start(folder, Fault.LISTS_MANY);
                ServerClient client = FakeServer.client(server.baseUrl(), LONG, LONG);
                ServerClient nowhere = FakeServer.client(URI.create("http://127.0.0.1:1/v1"), LONG, LONG)) {
            assertThat(Traces.model(nowhere, Optional.of("mine"))).isEqualTo("mine");
            assertThat(Traces.model(client, Optional.empty())).isEqualTo("a");
        }
    }
}
