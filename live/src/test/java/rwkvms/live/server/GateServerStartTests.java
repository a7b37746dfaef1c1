package rwkvms.live.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.llama.ContextSettings;
import rwkvms.llama.Gemma4Sizes;
import rwkvms.llama.TinyGemma4;
import rwkvms.nativeruntime.NativeException;

/** A server from its start to its end: its log, settings that it refuses, and requests that are no HTTP. */
@Timeout(120)
final class GateServerStartTests {
    private static final int LONG = 16_384;
    private static final Pattern TIME = Pattern.compile("(?m)^\\d+\\.\\d{3} ");

    @TempDir
    private Path folder = Path.of("");
    private final StringWriter log = new StringWriter();

    private GateServer start(int port, int context) throws IOException {
        return start(TinyModel.get(), port, context);
    }

    private GateServer start(ServedModel model, int port, int context) throws IOException {
        return GateServer.start(model, new GateServer.Settings("127.0.0.1", port, context, 1, "tiny",
                folder.resolve("new/slots")), new PrintWriter(log));
    }

    private List<String> logged() {
        return TIME.matcher(log.toString()).replaceAll("").lines().toList();
    }

    @Test
    void whatItLogsWhenItStarts() throws IOException {
        ServedModel model = TinyModel.get();
        try (GateServer server = start(0, 256)) {
            assertThat(server.port()).isPositive();
            assertThat(folder.resolve("new/slots")).isEmptyDirectory();
            assertThat(logged()).containsExactly("model " + model.base() + ", sidecar " + model.sidecarFile(),
                    "RWKV-MS runtime is active: layers [0, 2, 3, 5], fingerprint "
                            + HexFormat.of().formatHex(model.memory().fingerprint()),
                    "RWKV-MS sidecar runtime is constrained: one sequence, one token per microbatch, no context shift, "
                            + "no removal of a part of the sequence",
                    "n_slots = 1, n_ctx = 256",
                    "prompt cache is disabled: a sequence is continued in the slot, or computed anew",
                    "context checkpoints disabled: the memory cannot go back to one",
                    "RWKV-MS does not support warmup: it would leave tokens in the memory",
                    "slot save/restore is experimental: files of this runtime alone, in "
                            + folder.resolve("new/slots"),
                    "listening on http://127.0.0.1:" + server.port());
        }
    }

    @Test
    void aPortThatIsTaken() throws IOException {
        try (GateServer server = start(0, 256)) {
            int port = server.port();
            assertThatExceptionOfType(IOException.class).isThrownBy(() -> start(port, 256))
                    .withMessage("127.0.0.1:" + port + ": cannot listen: Address already in use");
            assertThat(logged()).hasSize(9).last().isEqualTo("listening on http://127.0.0.1:" + port);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"no.such.host.invalid|expected an address, found an unknown name",
            "203.0.113.1|Cannot assign requested address"})
    void anAddressOfNoMachineOrOfAnother(String host, String problem) {
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> GateServer.requireFree(host, 0))
                .withMessage(host + ":0: cannot listen: " + problem);
    }

    /** A running generation ends, and the port is closed. */
    @Test
    void whatEndsWithIt() throws Exception {
        GateServer server = start(0, LONG);
        int port = server.port();
        String body = "{\"prompt\":\"alpha\",\"temperature\":0,\"stream\":true}";
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write(("POST /completion HTTP/1.1\r\nHost: a\r\nContent-Length: " + body.length()
                    + "\r\n\r\n" + body).getBytes(StandardCharsets.ISO_8859_1));
            BufferedReader reader = new BufferedReader(new InputStreamReader(socket.getInputStream(),
                    StandardCharsets.UTF_8));
            assertThat(reader.readLine()).isEqualTo("HTTP/1.1 200 OK");
            server.close();
            assertThat(reader.lines().filter(line -> !line.isEmpty()).toList()).endsWith(
                    "data: " + Answers.error(503, "the server stops"), "0");
        }
        assertThatExceptionOfType(ConnectException.class)
                .isThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close());
        assertThat(logged()).endsWith("an answer ends unfinished: the server stops");
    }

    /** Errors of Helidon before any path is handled, as JSON like every other error. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            GET /health HTTP/9.9            | 400 | Bad Request
            G@T /health HTTP/1.1            | 400 | Bad Request
            GET /{long} HTTP/1.1            | 414 | Request-URI Too Long
            """)
    void requestsThatAreNone(String line, int status, String reason) throws Exception {
        try (GateServer server = start(0, 256);
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.getOutputStream().write((line.replace("{long}", "a".repeat(3000)) + "\r\nHost: a\r\n\r\n")
                    .getBytes(StandardCharsets.ISO_8859_1));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 " + status + " " + reason + "\r\n")
                    .contains("Content-Type: application/json; charset=utf-8\r\n")
                    .endsWith(
                            "\r\n\r\n" + Answers.error(status, "request: expected HTTP/1.1 or 1.0 within the limits of "
                                    + "this server, found another: " + reason));
        }
    }

    /** The server closes the model; a slot left open would keep it. */
    @Test
    void aModelOfItsOwn() throws Exception {
        ServedModel model = ServedModel.tiny(folder);
        assertThat(model.base()).isEqualTo(folder.resolve("tiny-gemma4.gguf"));
        assertThat(model.sidecarFile()).isEqualTo(folder.resolve("tiny-sidecar.gguf"));
        assertThat(model.memory().fingerprint()).isEqualTo(TinyModel.get().memory().fingerprint());
        try (GateServer server = start(model, 0, 256)) {
            int port = server.port();
            assertThatExceptionOfType(IOException.class).isThrownBy(() -> start(model, port, 256));
        }
        model.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> model.model().newContext(ContextSettings.of(256)).close())
                .withMessage(model.base() + ": expected the model open, found it closed");
    }

    @Test
    void aSidecarOfAnotherBase() throws IOException {
        Path other = folder.resolve("other.gguf");
        TinyGemma4.writeSpeaking(other, Gemma4Sizes.speaking(), 5);
        assertThatExceptionOfType(NativeException.class)
                .isThrownBy(() -> ServedModel.open(other, TinyModel.get().sidecarFile()).close())
                .withMessageContaining("RWKV_MS_E_BASE_SHA256_DIFFERS");
    }
}
