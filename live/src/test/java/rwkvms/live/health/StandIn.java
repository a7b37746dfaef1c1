package rwkvms.live.health;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import rwkvms.runtime.LayerState;
import rwkvms.state.StateIdentity;
import rwkvms.state.StateWriter;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * A server that does all that the health check asks for, without a model: a word is a token, and the answer repeats the
 * prompt. It does one thing wrong if it is told to.
 */
final class StandIn implements AutoCloseable {
    /** The faults. */
    enum Fault {
        NOTHING,
        LISTS_NO_MODEL,
        LISTS_MANY,
        SAYS_NOTHING,
        COMPLETES_WITH_NOTHING,
        STREAMS_ANOTHER,
        STREAMS_WITHOUT_END,
        STREAMS_WITHOUT_REASON,
        STREAMS_ON,
        STREAMS_TWO,
        NEVER_REPEATS,
        SAVES_NO_BYTES,
        SAVES_ELSEWHERE,
        SAVES_NO_PAYLOAD,
        TAKES_DAMAGED,
        REFUSES_FOR_NO_REASON,
        RESTORES_LESS,
        RESTORES_FEWER_BYTES,
        COMPUTES_ANEW,
        CONTINUES_OTHERWISE,
        FORGETS_WHEN_IT_REFUSES,
        TAKES_ANY_NAME,
        FAILS_AT_NAMES,
        WRITES_OUTSIDE,
        MIXES_CLIENTS,
        FAILS_AT_ONCE,
        MIXES_AFTER_A_HANG_UP,
        HAS_NO_LOG,
        IS_UNHEALTHY
    }

    static final String MODEL = "stand-in";
    static final List<String> LOGGED = List.of("RWKV-MS runtime is active", "RWKV-MS sidecar runtime is constrained",
            "n_slots = 1", "prompt cache is disabled", "context checkpoints disabled", "does not support warmup",
            "slot save/restore is experimental");
    private static final int ENDLESS = 100_000;
    private static final StateIdentity IDENTITY = new StateIdentity(List.of(1), 1, 1, 1, 4, "0f".repeat(32));
    /** In a slot file: the payload, then the text of the slot. */
    static final byte[] PAYLOAD = StateWriter.write(IDENTITY, layer -> new LayerState(
            Tensor.ofFloats(Shape.of(1, 1, 1, 1), 1.5f), 3, Tensor.ofFloats(Shape.of(1), 0.5f)));

    private final HttpServer server;
    private final Path log;
    private final Path slots;
    private final Fault fault;
    private final List<byte[]> saved = new ArrayList<>();
    private final List<JsonNode> asked = new ArrayList<>();
    private String held = "";
    private boolean restored;
    private int completions;
    private int endless;

    private StandIn(HttpServer server, Path folder, Fault fault) {
        this.server = server;
        this.log = folder.resolve("server.log");
        this.slots = folder.resolve("slots");
        this.fault = fault;
    }

    static StandIn start(Path folder, Fault fault) throws IOException {
        System.setProperty("sun.net.httpserver.nodelay", "true");
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        StandIn standIn = new StandIn(server, folder, fault);
        Files.createDirectories(standIn.slots);
        Files.writeString(standIn.log, fault == Fault.HAS_NO_LOG ? "" : String.join("\n", LOGGED));
        server.createContext("/", exchange -> {
            try (exchange) {
                standIn.answer(exchange);
            }
        });
        server.start();
        return standIn;
    }

    URI baseUrl() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/v1");
    }

    Path log() {
        return log;
    }

    Path slots() {
        return slots;
    }

    /** The bodies of all requests, in order. */
    List<JsonNode> asked() {
        return asked;
    }

    private void answer(HttpExchange exchange) throws IOException {
        JsonNode body = new ObjectMapper().readTree(exchange.getRequestBody());
        if (!body.isMissingNode()) {
            asked.add(body);
        }
        String target = exchange.getRequestMethod() + " " + exchange.getRequestURI();
        switch (target) {
            case "GET /health" -> {
                log("RWKV-MS exact-prefix slot reuse", "rolled context state back");
                send(exchange, fault == Fault.IS_UNHEALTHY ? 503 : 200, object().put("status", "ok"));
            }
            case "GET /v1/models" -> send(exchange, 200, models());
            case "POST /v1/chat/completions" -> chat(exchange, body);
            case "POST /completion" -> completion(exchange, body);
            case "POST /slots/0?action=save" -> slot(exchange, body.path("filename").asText(), true);
            case "POST /slots/0?action=restore" -> slot(exchange, body.path("filename").asText(), false);
            default -> send(exchange, 404, object().put("error", "no such path"));
        }
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    private static void send(HttpExchange exchange, int status, JsonNode json) throws IOException {
        send(exchange, status, json.toString());
    }

    private static void send(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private void log(String... lines) throws IOException {
        if (fault != Fault.HAS_NO_LOG) {
            Files.writeString(log, String.join("\n", lines), StandardOpenOption.APPEND);
        }
    }

    private ObjectNode models() {
        ObjectNode json = object();
        var data = json.putArray("data");
        if (fault == Fault.LISTS_MANY) {
            List.of("a", "b", "c", "d", "e", "f").forEach(name -> data.addObject().put("id", name));
        } else if (fault != Fault.LISTS_NO_MODEL) {
            data.addObject().put("id", MODEL);
        }
        return json;
    }

    private void chat(HttpExchange exchange, JsonNode body) throws IOException {
        String said = fault == Fault.SAYS_NOTHING
                ? " "
                : "You said: " + body.at("/messages/0/content").asText()
                        + (fault == Fault.NEVER_REPEATS ? asked.size() : "");
        if (body.path("stream").asBoolean()) {
            ObjectNode event = object();
            ObjectNode choice = event.putArray("choices").addObject().put("index", fault == Fault.STREAMS_TWO ? 1 : 0);
            choice.putObject("delta").put("content", said + (fault == Fault.STREAMS_ANOTHER ? "!" : ""));
            if (fault != Fault.STREAMS_WITHOUT_REASON) {
                choice.put("finish_reason", "stop");
            }
            send(exchange, 200, "data: " + event + "\n\n"
                    + (fault == Fault.STREAMS_WITHOUT_END ? "" : "data: [DONE]\n\n")
                    + (fault == Fault.STREAMS_ON ? "data: {}\n\n" : ""));
            return;
        }
        ObjectNode json = object();
        ObjectNode choice = json.putArray("choices").addObject();
        choice.putObject("message").put("content", said);
        choice.put("finish_reason", "stop");
        json.putObject("usage").put("completion_tokens", 3);
        send(exchange, 200, json);
    }

    private static int words(String text) {
        return text.isEmpty() ? 0 : text.split(" ").length;
    }

    private void completion(HttpExchange exchange, JsonNode body) throws IOException {
        String prompt = body.path("prompt").asText();
        int maxTokens = body.path("n_predict").asInt();
        endless += maxTokens == ENDLESS ? 1 : 0;
        boolean client = prompt.startsWith("Client number");
        completions += client ? 1 : 0;
        if (client && completions > 2 && fault == Fault.FAILS_AT_ONCE) {
            send(exchange, 500, "too many");
            return;
        }
        boolean prefix = body.path("cache_prompt").asBoolean(true) && !held.isEmpty() && prompt.startsWith(held)
                && fault != Fault.COMPUTES_ANEW;
        int computed = words(prompt) - (prefix ? words(held) : 0);
        boolean mixed = (client && completions > 2 && fault == Fault.MIXES_CLIENTS)
                || (client && endless > 1 && fault == Fault.MIXES_AFTER_A_HANG_UP)
                || (restored && fault == Fault.CONTINUES_OTHERWISE);
        held = prompt;
        restored = false;
        send(exchange, 200, object().put("content", (mixed
                ? "mixed"
                : maxTokens == 0 || fault == Fault.COMPLETES_WITH_NOTHING ? "" : "after " + prompt))
                .put("tokens_cached", words(held)).put(HealthCheck.PROMPT_N, computed));
    }

    private void slot(HttpExchange exchange, String name, boolean save) throws IOException {
        if (!name.matches("[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")) {
            if (fault == Fault.WRITES_OUTSIDE && name.startsWith("../")) {
                Files.writeString(slots.resolve(name), "");
            }
            send(exchange, fault == Fault.TAKES_ANY_NAME ? 200 : fault == Fault.FAILS_AT_NAMES ? 500 : 400,
                    object().put("error", "filename"));
            return;
        }
        ObjectNode json = object();
        if (save) {
            save(slots.resolve(name), json);
        } else if (!restore(Files.readAllBytes(slots.resolve(name)), json)) {
            send(exchange, 400, object().put("error", fault == Fault.REFUSES_FOR_NO_REASON
                    ? "restore refused"
                    : "restore refused: sidecar identity mismatch"));
            return;
        }
        send(exchange, 200, json);
    }

    private void save(Path file, ObjectNode json) throws IOException {
        byte[] text = held.getBytes(StandardCharsets.UTF_8);
        byte[] bytes = fault == Fault.SAVES_NO_PAYLOAD ? text : Arrays.copyOf(PAYLOAD, PAYLOAD.length + text.length);
        System.arraycopy(text, 0, bytes, bytes.length - text.length, text.length);
        if (fault != Fault.SAVES_ELSEWHERE) {
            Files.write(file, bytes);
        }
        saved.add(bytes);
        json.put("n_saved", words(held)).put("n_written", fault == Fault.SAVES_NO_BYTES ? 0 : bytes.length);
    }

    private boolean restore(byte[] bytes, ObjectNode json) {
        boolean sound = saved.stream().anyMatch(each -> Arrays.equals(each, bytes));
        if (!sound && fault != Fault.TAKES_DAMAGED) {
            held = fault == Fault.FORGETS_WHEN_IT_REFUSES ? "" : held;
            return false;
        }
        held = sound ? new String(bytes, PAYLOAD.length, bytes.length - PAYLOAD.length, StandardCharsets.UTF_8) : held;
        restored = true;
        json.put("n_restored", words(held) - (fault == Fault.RESTORES_LESS ? 1 : 0)).put("n_read",
                bytes.length - (fault == Fault.RESTORES_FEWER_BYTES ? 1 : 0));
        return true;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
