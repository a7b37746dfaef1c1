package rwkvms.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import rwkvms.llama.LlamaException;
import rwkvms.runtime.RuntimeFailure;

/** The paths. Every error is JSON with its status; a client that hung up is not answered. */
final class Handlers implements HttpService {
    static final String JSON_TYPE = "application/json; charset=utf-8";
    private static final long MILLIS = 1000;
    private static final double NANOS_A_MILLI = 1e6;

    private final Slot slot;
    private final ServerLog log;
    private final Turns turns;
    private final Metrics metrics = new Metrics();
    private final Requests requests;
    private final Generator generator;
    private final Answers answers;
    private final SlotFolder folder;
    private final long created = System.currentTimeMillis() / MILLIS;

    /** Answers a request, or throws what is wrong with it. */
    private interface Action {
        void answer(ServerRequest request, ServerResponse response) throws IOException;
    }

    Handlers(ServedModel model, Slot slot, Turns turns, GateServer.Settings settings, ServerLog log) {
        this.slot = slot;
        this.turns = turns;
        this.log = log;
        this.requests = new Requests(model.words());
        this.generator = new Generator(slot, model.words());
        this.answers = new Answers(settings.alias());
        this.folder = new SlotFolder(settings.slotFolder());
    }

    @Override
    public void routing(HttpRules rules) {
        for (String path : List.of("/health", "/v1/health")) {
            rules.get(path,
                    handler((request, response) -> send(response, Answers.object().put("status", "ok"))));
        }
        for (String path : List.of("/models", "/v1/models")) {
            rules.get(path, handler((request, response) -> send(response, answers.models(created))));
        }
        rules.get("/metrics", handler(this::metrics));
        for (String path : List.of("/completion", "/completions")) {
            rules.post(path, handler(this::completion));
        }
        for (String path : List.of("/chat/completions", "/v1/chat/completions")) {
            rules.post(path, handler(this::chat));
        }
        rules.post("/slots/{id}", handler(this::slots));
        rules.any(handler(Handlers::unknown));
    }

    private Handler handler(Action action) {
        return (request, response) -> {
            metrics.request();
            try {
                requireNames(request);
                action.answer(request, response);
            } catch (RequestException e) {
                refuse(request, response, e.status(), String.valueOf(e.getMessage()));
            } catch (HungUp e) {
                metrics.hangUp();
                log.line(request.path().rawPath() + ": " + e.getMessage());
                throw new CloseConnectionException(String.valueOf(e.getMessage()), e);
            } catch (IOException | RuntimeException e) {
                if (response.isSent()) {
                    throw new CloseConnectionException("the answer could not be sent", e);
                }
                log.line("internal error: " + e);
                refuse(request, response, RequestException.INTERNAL, "the server failed: " + e.getMessage());
            }
        };
    }

    /** Helidon lets them pass. */
    private static void requireNames(ServerRequest request) {
        if (request.headers().stream().anyMatch(header -> header.name().isBlank())) {
            throw RequestException.bad("header: expected a name before the colon, found none");
        }
    }

    private void refuse(ServerRequest request, ServerResponse response, int status, String problem) {
        metrics.refusal();
        log.line(request.prologue().method() + " " + request.path().rawPath() + ": " + status + " " + problem);
        response.status(status);
        send(response, Answers.error(status, problem));
    }

    static void send(ServerResponse response, ObjectNode json) {
        response.header(HeaderNames.CONTENT_TYPE, JSON_TYPE);
        response.send(json.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static void unknown(ServerRequest request, ServerResponse response) {
        throw new RequestException(RequestException.NOT_FOUND,
                "path and method: expected one of this server, found another");
    }

    private void metrics(ServerRequest request, ServerResponse response) {
        response.header(HeaderNames.CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
        response.send(metrics.text(turns, slot.count()).getBytes(StandardCharsets.UTF_8));
    }

    private void completion(ServerRequest request, ServerResponse response) throws IOException {
        Fields fields = Bodies.read(request);
        Generation asked = requests.completion(fields);
        List<String> only = fields.texts("response_fields");
        answer(asked, response, new Shape() {
            @Override
            public ObjectNode piece(String text, int token) {
                return Answers.piece(text, token);
            }

            @Override
            public ObjectNode end(Generated answer, int held) {
                return Answers.only(only, answers.completion(answer, asked, held));
            }

            @Override
            public String last() {
                return "";
            }
        });
    }

    private void chat(ServerRequest request, ServerResponse response) throws IOException {
        Fields fields = Bodies.read(request);
        Generation asked = requests.chat(fields);
        boolean usage = fields.find("stream_options").map(options -> options.path("include_usage").asBoolean())
                .orElse(false);
        String id = "chatcmpl-" + UUID.randomUUID();
        long now = System.currentTimeMillis() / MILLIS;
        answer(asked, response, new Shape() {
            private boolean first = true;

            @Override
            public ObjectNode piece(String text, int token) {
                ObjectNode json = answers.chatPiece(id, now, text, first);
                first = false;
                return json;
            }

            @Override
            public ObjectNode end(Generated answer, int held) {
                return asked.streaming()
                        ? answers.chatEnd(id, now, answer, usage)
                        : answers.chat(id, now, answer);
            }

            @Override
            public String last() {
                return "[DONE]";
            }
        });
    }

    /** How an answer is written. */
    private interface Shape {
        /** A piece of a stream. */
        ObjectNode piece(String text, int token);

        /** The whole answer, or a stream's last object. */
        ObjectNode end(Generated answer, int held);

        /** What stands behind a stream, or nothing. */
        String last();
    }

    private void answer(Generation asked, ServerResponse response, Shape shape) {
        generator.requireFitting(asked.prompt());
        if (asked.streaming()) {
            stream(asked, new EventStream(response), shape);
        } else {
            whole(asked, new WholeAnswer(response), shape);
        }
    }

    private ObjectNode generate(Generation asked, Pulse pulse, Generator.Listener listener, Shape shape) {
        return turns.take(() -> {
            Generated answer = generator.run(asked, pulse, listener);
            metrics.answered(answer);
            return shape.end(answer, slot.count());
        });
    }

    private void whole(Generation asked, WholeAnswer answer, Shape shape) {
        try {
            answer.send(generate(asked, new Pulse(answer::pulse), Generator.Listener.NONE, shape));
        } catch (LlamaException | RuntimeFailure | RequestException e) {
            if (!answer.started()) {
                throw e;
            }
            log.line("internal error: " + e);
            answer.send(Answers.error(RequestException.INTERNAL, "the server failed: " + e.getMessage()));
        }
    }

    private void stream(Generation asked, EventStream stream, Shape shape) {
        Generator.Listener listener = (text, token) -> stream.send(shape.piece(text, token).toString());
        try {
            stream.send(generate(asked, new Pulse(stream::pulse), listener, shape).toString());
            if (!shape.last().isEmpty()) {
                stream.send(shape.last());
            }
            stream.end();
        } catch (LlamaException | RuntimeFailure | RequestException e) {
            if (!stream.started()) {
                throw e;
            }
            log.line("internal error: " + e);
            stream.send(Answers.error(RequestException.INTERNAL, "the server failed: " + e.getMessage()).toString());
            stream.end();
        } catch (HungUp e) {
            stream.abandon();
            throw e;
        }
    }

    private void slots(ServerRequest request, ServerResponse response) throws IOException {
        if (!request.path().pathParameters().get("id").equals("0")) {
            throw RequestException.bad("slot: expected 0, found another");
        }
        String action = request.query().first("action").orElse("");
        long begin = System.nanoTime();
        ObjectNode json = switch (action) {
            case "save" -> save(filename(request));
            case "restore" -> restore(filename(request));
            case "erase" -> erase();
            default -> throw RequestException.bad("action: expected save, restore or erase, found another");
        };
        json.putObject("timings").put(action + "_ms", (System.nanoTime() - begin) / NANOS_A_MILLI);
        send(response, json);
    }

    private static String filename(ServerRequest request) throws IOException {
        Fields fields = Bodies.read(request);
        var name = fields.require("filename", "a text");
        if (!name.isTextual()) {
            throw Fields.wrong("filename", "a text", name);
        }
        return name.asText();
    }

    private ObjectNode save(String filename) {
        Slot.Moved moved = turns.take(() -> slot.save(folder.toSave(filename)));
        log.line("slot saved: " + moved.tokens() + " tokens, " + moved.bytes() + " bytes");
        return Answers.moved("saved", filename, moved.tokens(), "n_written", moved.bytes());
    }

    private ObjectNode restore(String filename) {
        Slot.Moved moved = turns.take(() -> slot.restore(folder.toRestore(filename)));
        log.line("slot restored: " + moved.tokens() + " tokens, " + moved.bytes() + " bytes");
        return Answers.moved("restored", filename, moved.tokens(), "n_read", moved.bytes());
    }

    private ObjectNode erase() {
        int erased = turns.take(() -> {
            int held = slot.count();
            slot.clear();
            return held;
        });
        return Answers.object().put("id_slot", 0).put("n_erased", erased);
    }
}
