package rwkvms.live.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.ggml.Ggml;
import rwkvms.gguf.GgufArray;
import rwkvms.gguf.GgufEntry;
import rwkvms.gguf.GgufFile;
import rwkvms.gguf.GgufPair;
import rwkvms.gguf.GgufReader;
import rwkvms.gguf.GgufTensor;
import rwkvms.gguf.GgufTensorInfo;
import rwkvms.gguf.GgufType;
import rwkvms.gguf.GgufValue;
import rwkvms.gguf.GgufWriter;
import rwkvms.llama.Llama;
import rwkvms.llama.LlamaModel;
import rwkvms.llama.Vocabulary;

/** What a request asks of the slot: the tokens of its prompt and its settings. */
final class RequestsTests {
    private static final Vocabulary WORDS = TinyModel.get().words();
    private static final Requests REQUESTS = new Requests(WORDS);
    private static final int BOS = 2;

    @TempDir
    private Path folder = Path.of("");

    private static Fields fields(String body) throws IOException {
        return new Fields(new ObjectMapper().readTree(body));
    }

    /** Tokens as text; those without text by their number. */
    private static String shown(Vocabulary words, List<Integer> tokens) {
        return tokens.stream().map(token -> {
            String text = new String(words.piece(token), StandardCharsets.UTF_8);
            return text.isEmpty() ? "[" + token + "]" : text;
        }).collect(Collectors.joining());
    }

    private static String chat(String messages) throws IOException {
        return shown(WORDS, REQUESTS.chat(fields("{\"messages\":" + messages + "}")).prompt());
    }

    @Test
    void defaultsAreThoseOfALlamaServer() throws IOException {
        Generation asked = REQUESTS.completion(fields("{\"prompt\":\"\"}"));
        assertThat(asked.prompt()).containsExactly(BOS);
        assertThat(asked.maxTokens()).isEqualTo(-1);
        assertThat(asked.reuse()).isTrue();
        assertThat(asked.streaming()).isFalse();
        assertThat(asked.stops()).isEmpty();
        Sampling sampling = asked.sampling();
        assertThat(sampling).isEqualTo(new Sampling(0.8, 40, 0.95, 0.05, new Penalties(64, 1, 0, 0), sampling.seed()));
        assertThat(sampling.seed()).isBetween(0L, 0xFFFF_FFFFL);
    }

    /** A random seed is different each time. */
    @Test
    void withoutASeedChanceDecides() throws IOException {
        List<Long> seeds = new ArrayList<>();
        for (String seed : List.of("", ",\"seed\":-1", "", ",\"seed\":-1")) {
            seeds.add(REQUESTS.completion(fields("{\"prompt\":\"a\"" + seed + "}")).sampling().seed());
        }
        assertThat(seeds).doesNotHaveDuplicates();
    }

    @Test
    void everySettingOfACompletion() throws IOException {
        assertThat(REQUESTS.completion(fields("""
                {"prompt":[2,300,-1],"n_predict":0,"temperature":100,"top_k":-5,"top_p":0,"repeat_penalty":0.01,
                "min_p":1,"repeat_last_n":-1,"presence_penalty":-100,"frequency_penalty":100,
                "seed":0,"cache_prompt":false,"stop":["a","b"],"stream":true,"n":1,"id_slot":0,"tools":[]}""")))
                .isEqualTo(new Generation(List.of(2, 300, -1), 0,
                        new Sampling(100, -5, 0, 1, new Penalties(-1, 0.01, 100, -100), 0), false,
                        List.of("a", "b"), true));
        assertThat(REQUESTS.completion(fields("""
                {"prompt":[],"n_predict":2147483647,"seed":4294967295,"repeat_penalty":100,"top_p":1,"top_k":2147483647,
                "temperature":0,"id_slot":-1,"min_p":0}"""))).isEqualTo(new Generation(List.of(), Integer.MAX_VALUE,
                SamplerTests.sampling(0, Integer.MAX_VALUE, 1, 100, 0xFFFF_FFFFL), true, List.of(), false));
    }

    /** Control tokens are parsed in the text of a completion, but not in a chat's. */
    @Test
    void textOfACompletion() throws IOException {
        assertThat(shown(WORDS, REQUESTS.completion(fields("{\"prompt\":\"a<|turn>b\"}")).prompt()))
                .isEqualTo("[2]a[4]b");
        assertThat(chat("[{\"role\":\"user\",\"content\":\"a<|turn>b\"}]"))
                .isEqualTo("[2][4]user\na<|turn>b[5]\n[4]model\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "user":"u"                                            | -1
            "n_predict":3                                         | 3
            "max_tokens":4                                        | 4
            "max_tokens":2.0                                      | 2
            "max_tokens":null,"max_completion_tokens":5           | 5
            "max_tokens":-1                                       | -1
            "max_completion_tokens":5,"max_tokens":4              | 5
            "max_tokens":4,"n_predict":3                          | 3
            "n_predict":0,"max_completion_tokens":5               | 0
            "n_predict":null,"max_tokens":4                       | 4
            """)
    void lengthOfAnAnswer(String given, int maxTokens) throws IOException {
        assertThat(REQUESTS.chat(fields("{" + given + ",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}"))
                .maxTokens())
                .isEqualTo(maxTokens);
        assertThat(REQUESTS.completion(fields("{" + given + ",\"prompt\":\"a\"}")).maxTokens()).isEqualTo(maxTokens);
        assertThat(REQUESTS.textCompletion(fields("{" + given + ",\"prompt\":\"a\"}")).maxTokens())
                .isEqualTo(maxTokens);
    }

    /** Fields without effect, which client libraries send. */
    @ParameterizedTest
    @ValueSource(strings = {"\"response_format\":{\"type\":\"text\"}", "\"tools\":[],\"tool_choice\":\"auto\"",
            "\"tools\":[{\"type\":\"function\"}],\"tool_choice\":\"none\"", "\"n\":1.0", "\"logprobs\":false",
            "\"stop\":null", "\"stop\":\"\"", "\"stop\":[]", "\"stop\":[\"\"]", "\"stream_options\":null",
            "\"user\":\"u\",\"metadata\":{\"a\":\"b\"},\"store\":false,\"service_tier\":\"auto\"",
            "\"temperature\":null,\"top_p\":null,\"seed\":null,\"stream\":null,\"n\":null,\"cache_prompt\":null",
            "\"no_field_of_ours\":[1]"})
    void whatAsksForNothing(String given) throws IOException {
        Generation plain = REQUESTS.completion(fields("{\"prompt\":\"a\",\"seed\":5}"));
        Generation asked = REQUESTS.completion(fields("{\"prompt\":\"a\"," + given
                + (given.contains("seed") ? "" : ",\"seed\":5") + "}"));
        assertThat(asked.prompt()).isEqualTo(plain.prompt());
        assertThat(asked.maxTokens()).isEqualTo(-1);
        assertThat(asked.streaming()).isFalse();
        assertThat(asked.stops()).allMatch(String::isEmpty);
        if (!given.contains("seed")) {
            assertThat(asked.sampling()).isEqualTo(plain.sampling());
        }
    }

    @Test
    void fieldsThatNobodyKnowsAreNamed() throws IOException {
        assertThat(Requests.unknown(fields("""
                {"prompt":"a","messages":[],"n_predict":1,"max_tokens":1,"user":"u","tools":[],"mirostat":0,
                "temprature":0,"x":null,"stream_options":{},"chat_id":"c"}"""))).containsExactly("temprature",
                "chat_id");
    }

    /** Python's client of the completions puts its prompt into a list. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "a"     | [2]a
            ["a"]   | [2]a
            [2,4]   | [2][4]
            [[2,4]] | [2][4]
            """)
    void promptsOfATextCompletion(String prompt, String tokens) throws IOException {
        assertThat(shown(WORDS, REQUESTS.textCompletion(fields("{\"prompt\":" + prompt + "}")).prompt()))
                .isEqualTo(tokens);
    }

    @Test
    void severalPrompts() throws IOException {
        Fields fields = fields("{\"prompt\":[\"a\",\"b\"]}");
        assertThatExceptionOfType(RequestException.class).isThrownBy(() -> REQUESTS.textCompletion(fields))
                .withMessage("prompt: expected one prompt, found a list of 2");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            [{"role":"user","content":" Hi "}]                                      | [4]user!Hi[5]![4]model!
            [{"role":"system","content":"s "},{"role":"user","content":"u"}]        | [4]system!s[5]![4]user!u[5]![4]model!
            [{"role":"developer","content":"d"}]                                    | [4]system!d[5]![4]model!
            [{"role":"user","content":"u"},{"role":"assistant","content":" a"},{"role":"user","content":"v"}] | [4]user!u[5]![4]model!a[5]![4]user!v[5]![4]model!
            [{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}] | [4]user!ab[5]![4]model!
            [{"role":"user","content":[]}]                                          | [4]user![5]![4]model!
            [{"role":"assistant","content":null}]                                   | [4]model![5]![4]model!
            [{"role":"assistant","content":"a","tool_calls":[],"function_call":null}] | [4]model!a[5]![4]model!
            [{"role":"assistant","content":null,"tool_calls":[{"id":"c"}]}]         | [4]model!{"tool_calls":[{"id":"c"}]}[5]![4]model!
            [{"role":"assistant","tool_calls":[{"id":"c"}]}]                        | [4]model!{"tool_calls":[{"id":"c"}]}[5]![4]model!
            [{"role":"assistant","content":"a ","function_call":{"name":"f"}}]      | [4]model!a!{"function_call":{"name":"f"}}[5]![4]model!
            [{"role":"tool","tool_call_id":"c","content":"4"}]                      | [4]user!{"tool_response":{"tool_call_id":"c","content":"4"}}[5]![4]model!
            [{"role":"function","name":"f","content":"4"}]                          | [4]user!{"tool_response":{"name":"f","content":"4"}}[5]![4]model!
            """)
    void chats(String messages, String tokens) throws IOException {
        assertThat(chat(messages)).isEqualTo("[2]" + tokens.replace('!', '\n'));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            []                                                 | messages: expected a list of at least one message, found a list
            {}                                                 | messages: expected a list of at least one message, found an object
            null                                               | messages: expected a list of messages, found none
            [1]                                                | messages[0]: expected an object with role and content, found 1
            [{"role":"user","content":"a"},{"role":"robot"}]   | messages[1].role: expected system, developer, user, assistant or tool, found a text
            [{"role":"user","content":null}]                   | messages[0].content: expected a text or a list of parts, found null
            [{"role":"tool","content":null}]                   | messages[0].content: expected a text or a list of parts, found null
            [{"role":"assistant"}]                             | messages[0].content: expected a text or a list of parts, found nothing
            [{"content":"a"}]                                  | messages[0].role: expected system, developer, user, assistant or tool, found nothing
            [{"role":"user"}]                                  | messages[0].content: expected a text or a list of parts, found nothing
            [{"role":"user","content":[{"type":"image"}]}]     | messages[0].content: expected parts of type text, found an object
            [{"role":"user","content":[{"type":"text","text":1}]}] | messages[0].content: expected parts of type text, found an object
            [{"role":"user","content":[{"text":"a"}]}]         | messages[0].content: expected parts of type text, found an object
            """)
    void chatsThatAreNone(String messages, String problem) {
        assertThatExceptionOfType(RequestException.class).isThrownBy(() -> chat(messages)).withMessage(problem);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "prompt":1                      | prompt: expected a text or a list of tokens, found 1
            "prompt":null                   | prompt: expected a text or a list of tokens, found none
            "prompt":[1,"a"]                | prompt[1]: expected a token, found a text
            "prompt":[1.5]                  | prompt[0]: expected a token, found 1.5
            "prompt":"a","n_predict":-2     | n_predict: expected a whole number from -1 to 2147483647, found -2
            "prompt":"a","n":2              | n: expected a whole number from 1 to 1, found 2
            "prompt":"a","id_slot":1        | id_slot: expected a whole number from -1 to 0, found 1
            "prompt":"a","grammar":"g"      | grammar: expected it to be absent, for this server does not support it, found a text
            "prompt":"a","seed":18446744073709551616 | seed: expected a whole number from -9223372036854775808 to 18446744073709551615, found 18446744073709551616
            "prompt":"a","max_tokens":1.5   | max_tokens: expected a whole number from -1 to 2147483647, found 1.5
            "prompt":"a","n_predict":1,"max_tokens":"x" | max_tokens: expected a whole number from -1 to 2147483647, found a text
            "prompt":"a","min_p":1.1        | min_p: expected a number from 0.0 to 1.0, found 1.1
            "prompt":"a","presence_penalty":101 | presence_penalty: expected a number from -100.0 to 100.0, found 101
            "prompt":"a","frequency_penalty":"1" | frequency_penalty: expected a number from -100.0 to 100.0, found a text
            "prompt":"a","repeat_last_n":-2 | repeat_last_n: expected a whole number from -1 to 2147483647, found -2
            "prompt":"a","tools":[{}],"tool_choice":"required" | tools: expected it to be absent, for this server does not support it, found a list
            "prompt":"a","tool_choice":"required" | tool_choice: expected it to be absent, for this server does not support it, found a text
            "prompt":"a","temperature":101  | temperature: expected a number from 0.0 to 100.0, found 101
            "prompt":"a","top_p":1.1        | top_p: expected a number from 0.0 to 1.0, found 1.1
            "prompt":"a","repeat_penalty":0 | repeat_penalty: expected a number from 0.01 to 100.0, found 0
            "prompt":"a","top_k":2147483648 | top_k: expected a whole number from -2147483648 to 2147483647, found 2147483648
            """)
    void completionsThatAreNone(String body, String problem) {
        assertThatExceptionOfType(RequestException.class)
                .isThrownBy(() -> REQUESTS.completion(fields("{" + body + "}"))).withMessage(problem);
    }

    @Test
    void stopTextsAreCounted() throws IOException {
        String stops = IntStream.range(0, 64).mapToObj(i -> "\"" + i + "\"").collect(Collectors.joining(","));
        assertThat(REQUESTS.completion(fields("{\"prompt\":\"a\",\"stop\":[" + stops + "]}")).stops()).hasSize(64);
        assertThatExceptionOfType(RequestException.class)
                .isThrownBy(() -> REQUESTS.completion(fields("{\"prompt\":\"a\",\"stop\":[" + stops + ",\"x\"]}")))
                .withMessage("stop: expected at most 64 texts, found 65");
    }

    /** The tiny model once more, with other names of its control tokens. */
    private LlamaModel renamed(Map<String, String> names) throws IOException {
        Path file = folder.resolve("renamed.gguf");
        try (Arena arena = Arena.ofConfined()) {
            GgufFile gguf = GgufReader.read(TinyModel.get().base(), arena);
            List<GgufPair> pairs = new ArrayList<>();
            for (GgufEntry entry : gguf.entries()) {
                pairs.add(new GgufPair(entry.key(), entry.key().equals("tokenizer.ggml.tokens")
                        ? renamed((GgufArray) entry.value(), names)
                        : entry.value()));
            }
            List<GgufTensor> tensors = new ArrayList<>();
            for (GgufTensorInfo info : gguf.tensors()) {
                tensors.add(new GgufTensor(info.name(), info.type().orElseThrow(), info.ne(), gguf.data(info)));
            }
            GgufWriter.write(file, pairs, tensors, true);
        }
        return Llama.open(Ggml.open()).load(file);
    }

    private static GgufArray renamed(GgufArray tokens, Map<String, String> names) throws IOException {
        return GgufArray.of(GgufType.STRING, tokens.elements().stream().map(value -> ((GgufValue.Text) value).value())
                .map(name -> GgufValue.text(names.getOrDefault(name, name))).toList());
    }

    /** An older Gemma has no system turn: its text is put before the user's. */
    @Test
    void olderGemmas() throws IOException {
        try (LlamaModel model = renamed(Map.of("<|turn>", "<start_of_turn>", "<turn|>", "<end_of_turn>"))) {
            ChatPrompt chat = ChatPrompt.of(model.words());
            assertThat(shown(model.words(), chat.tokens(fields("""
                    {"messages":[{"role":"system","content":" s "},{"role":"developer","content":"d"},
                    {"role":"user","content":" u "},{"role":"assistant","content":"a"},
                    {"role":"user","content":"v"}]}""")))).isEqualTo(
                    "[2][4]user\ns\n\nd\n\nu[5]\n[4]model\na[5]\n[4]user\nv[5]\n[4]model\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"<|turn>", "<turn|>", "<|turn> <turn|>", "older <|turn>", "older <turn|>"})
    void modelsWithoutTurns(String names) throws IOException {
        Map<String, String> other = switch (names) {
            case "older <|turn>" -> Map.of("<|turn>", "<start_of_turn>");
            case "older <turn|>" -> Map.of("<turn|>", "<end_of_turn>");
            default -> List.of(names.split(" ")).stream().collect(Collectors.toMap(name -> name, name -> name + "x"));
        };
        try (LlamaModel model = renamed(other)) {
            assertThatIllegalArgumentException().isThrownBy(() -> ChatPrompt.of(model.words())).withMessage(
                    "model: expected the turn tokens of a Gemma in its vocabulary, <|turn> and <turn|>, found none");
        }
    }
}
