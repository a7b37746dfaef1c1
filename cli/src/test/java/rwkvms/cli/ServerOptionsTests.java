package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.cli.StubServer.Answer;

/** The address of a server and its key, which is sent and written nowhere. */
final class ServerOptionsTests {
    private static final String KEY = "sk-0123/top-secret";

    @TempDir
    private Path folder = Path.of("");

    /** Arguments of every command that asks a server, without its address and the key. */
    private List<List<Object>> commands() throws IOException {
        Path suite = Files.writeString(folder.resolve("suite.jsonl"),
                "{\"prompt\":\"Hi\",\"expect\":{\"equals\":\"a\"}}\n");
        Path trace = Files.writeString(folder.resolve("t.json"), "{\"schema\":\"delta_mem_rwkv_ms_reference_trace.v1\","
                + "\"generation\":{\"prompt\":\"Hi\",\"max_new_tokens\":7},\"result\":{\"assistant_display\":\"a\"}}");
        Path log = Files.writeString(folder.resolve("server.log"), "");
        return List.of(List.of("prompts", suite, "--output", folder.resolve("rows.jsonl")),
                List.of("trace", "compare", "--trace", trace),
                List.of("trace", "record", "--prompt", "Hi", "--out", folder.resolve("new.json"), "--force"),
                List.of("health", "--server-log", log, "--timeout", 5, "--output", folder.resolve("health.json")));
    }

    private static Object[] with(List<Object> command, Object... more) {
        return GateRun.with(command.toArray(), more);
    }

    /** Not even if the server repeats the key in an answer or an error. */
    @ParameterizedTest
    @ValueSource(ints = {200, 401})
    void theKeyIsSentAndWrittenNowhere(int status) throws Exception {
        List<GateRun> runs = new ArrayList<>();
        try (StubServer server = new StubServer(asked -> new Answer(status, "{\"data\":[{\"id\":\"" + KEY
                + "\"}],\"content\":\"Bearer " + KEY
                + "\",\"choices\":[{\"message\":{\"content\":\"sk-0123\\/top-secret\"}}]}"))) {
            for (List<Object> command : commands()) {
                int before = server.keys().size();
                runs.add(GateRun.of(with(command, "--base-url", server.url(), "--api-key", KEY, "--debug", "--report",
                        folder.resolve("report-" + runs.size()))));
                runs.add(GateRun.of(with(command, "--base-url", server.url(), "--api-key=" + KEY, "--json")));
                assertThat(Set.copyOf(server.keys().subList(before, server.keys().size())))
                        .containsExactly("Bearer " + KEY);
            }
        }
        assertThat(runs).allSatisfy(run -> assertThat(run.out() + run.err()).isNotEmpty().doesNotContain("top-secret"));
        try (Stream<Path> files = Files.walk(folder)) {
            assertThat(files.filter(Files::isRegularFile)).hasSizeGreaterThan(10).allSatisfy(file -> assertThat(
                    new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1)).doesNotContain("top-secret"));
        }
    }

    @Test
    void theKeyIsReadFromAFile() throws Exception {
        Path file = Files.writeString(folder.resolve("key"), "\ufeff \r\n " + KEY + " \r\nanother\n");
        try (StubServer server = new StubServer(asked -> Answer.saying("a"))) {
            for (List<Object> command : commands()) {
                GateRun.of(with(command, "--base-url", server.url(), "--model", "m", "--api-key-file", file));
            }
            assertThat(Set.copyOf(server.keys())).containsExactly("Bearer " + KEY);
            GateRun run = GateRun.of(with(commands().getLast(), "--base-url", server.url(), "--api-key-file", file,
                    "--json"));
            assertThat(run.json().path("reproduce").asText()).contains(" --api-key-file " + file + " ");
        }
    }

    /** Runs the gate in a process with its own environment and host names. */
    private GateRun process(Map<String, String> environment, Object... arguments) throws Exception {
        Path hosts = Files.writeString(folder.resolve("hosts"), "127.0.0.1 gpu_box\n");
        return GateRun.ofProcess(GateRun.java(folder, List.of("-Djdk.net.hosts.file=" + hosts), arguments)
                .with(Map.of("LLAMA_API_KEY", "")).with(environment));
    }

    @Test
    void theKeyIsReadFromTheVariableOfLlamaServer() throws Exception {
        try (StubServer server = new StubServer(asked -> new Answer(401, KEY))) {
            GateRun run = process(Map.of("LLAMA_API_KEY", KEY + ",another"), with(commands().get(2), "--base-url",
                    server.url(), "--debug"));
            assertThat(run.code()).isEqualTo(ExitCode.COULD_NOT_JUDGE);
            assertThat(run.err()).contains("gate: GET /models: expected HTTP 2xx, found 401: [API key]");
            assertThat(run.out() + run.err()).doesNotContain("secret");
            assertThat(server.keys()).containsExactly("Bearer " + KEY);
        }
    }

    /** The JDK's addresses cannot hold such a name: the request goes to the number and has the name as its host. */
    @Test
    void aServerWithAnUnderscoreInItsNameIsAsked() throws Exception {
        try (StubServer server = new StubServer(asked -> Answer.saying("a"))) {
            String host = "gpu_box:" + server.root().replaceAll(".*:", "");
            GateRun run = process(Map.of(), with(commands().get(1), "--base-url", "HTTP://" + host, "--model", "m"));
            assertThat(run.out()).endsWith(": passed: the server answers what the trace has" + System.lineSeparator());
            assertThat(run.code()).isEqualTo(ExitCode.PASSED);
            assertThat(server.hosts()).containsExactly(host);
            assertThat(server.keys()).containsExactly("null");
        }
    }

    @Test
    void withoutAKeyNoneIsSent() throws Exception {
        try (StubServer server = new StubServer(asked -> Answer.saying("a"))) {
            GateRun.of(with(commands().getFirst(), "--base-url", server.url(), "--model", "m"));
            String variable = System.getenv("LLAMA_API_KEY");
            assertThat(server.keys()).containsExactly(variable == null ? "null" : "Bearer " + variable);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            --api-key `top secret` | --api-key: expected a key of visible ASCII characters, found others in it
            --api-key ``           | --api-key: expected a key of visible ASCII characters, found none
            --api-key top-secret --api-key-file f | --api-key: expected the key or --api-key-file, found both
            --api-kye top-secret   | Unknown options: '--api-kye', '...'
            --api-key top-secret --nothing | Unknown option: '--nothing'
            --token=top-secret     | Unknown option: '--token=...'
            --base-url http://u:top-secret@h/v1 | --base-url: expected an address such as http://127.0.0.1:8080/v1, found http://...@h/v1
            --base-url http://h/v1?key=top-secret | --base-url: expected an address such as http://127.0.0.1:8080/v1, found http://h/v1?key=...
            """)
    void aUsageErrorShowsNoKey(String options, String problem) throws Exception {
        Object[] split = Stream.of(options.split(" (?!secret)", -1)).map(each -> each.replace("`", "")).toArray();
        GateRun run = GateRun.of(with(commands().get(1), split));
        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(run.errors().getFirst()).isEqualTo("gate: " + problem);
        assertThat(run.err()).doesNotContain("secret");
    }

    @Test
    void anotherCommandShowsNoKeyEither() {
        GateRun run = GateRun.of("serve", "--api-key", "top-secret");
        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err()).contains("--api-key").doesNotContain("secret");
    }

    @Test
    void aFileWithoutAKeyIsNamed() throws Exception {
        Path file = Files.writeString(folder.resolve("key"), "\n");
        List<Object> command = commands().get(1);
        assertThat(GateRun.of(with(command, "--api-key-file", file))).isEqualTo(new GateRun(ExitCode.COULD_NOT_JUDGE,
                "", "gate: " + file + ": expected a key of visible ASCII characters, found none"
                        + System.lineSeparator()));
        assertThat(GateRun.of(with(command, "--api-key-file", folder)).errors())
                .containsExactly("gate: " + folder + ": expected a readable file, found a folder");
    }

    /** A scheme in any case, no path, slashes at the end: the same server. */
    @ParameterizedTest
    @ValueSource(strings = {"HTTP://127.0.0.1:%s/v1", "Http://127.0.0.1:%s", "http://127.0.0.1:%s/",
            "http://127.0.0.1:%s/v1//"})
    void addressesAsPeopleWriteThem(String url) throws Exception {
        try (StubServer server = new StubServer(asked -> Answer.saying("a"))) {
            String port = server.root().replaceAll(".*:", "");
            GateRun run = GateRun.of(with(commands().get(1), "--base-url", url.replace("%s", port), "--model", "m"));
            assertThat(run.code()).isEqualTo(ExitCode.PASSED);
            assertThat(server.asked("POST /v1/chat/completions")).hasSize(1);
        }
    }
}
