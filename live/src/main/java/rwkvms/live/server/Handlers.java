package rwkvms.live.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import rwkvms.llama.LlamaException;
import rwkvms.runtime.RuntimeFailure;

/** The handlers of all paths. */
final class Handlers implements HttpService {
    private static final long MILLIS = 1000;
    private static final double NANOS_PER_MILLI = 1e6;
    /** How many unknown fields the log names. */
    private static final int MAX_NAMES = 16;

    private final Slot slot;
    private final ServerLog log;
    private final Turns turns;
    private final Metrics metrics = new Metrics();
    private final Requests requests;
    private final Texts texts;
    private final AnswerGenerator generator;
    private final Answers answers;
    private final Properties properties;
    private final SlotFolder folder;
    private final long created = now();

    /** Answers a request that needs no slot. */
    private interface Question {
        JsonNode answer(Fields fields);
    }

    Handlers(ServedModel model, Slot slot, Turns turns, GateServer.Settings settings, ServerLog log) {
        this.slot = slot;
        this.turns = turns;
        this.log = log;
        this.requests = new Requests(model.words());
        this.texts = new Texts(model.words(), requests);
        this.generator = new AnswerGenerator(slot, model.words());
        this.answers = new Answers(settings.alias());
        this.properties = new Properties(model, settings, slot, turns);
        this.folder = new SlotFolder(settings.slotFolder());
    }

    @Override
    public void routing(HttpRules rules) {
        Paths paths = new Paths(rules, metrics, log);
        for (String path : List.of("/health", "/v1/health")) {
            paths.get(path, (request, response) -> Paths.send(request, response,
                    Answers.object().put("status", "ok")));
        }
        for (String path : List.of("/models", "/v1/models")) {
            paths.get(path, (request, response) -> Paths.send(request, response, answers.models(created)));
            paths.get(path + "/{+id}", this::model);
        }
        paths.get("/props", (request, response) -> Paths.send(request, response, properties.all()));
        paths.get("/slots", (request, response) -> Paths.send(request, response,
                properties.slots(request.query().first("fail_on_no_slot").isPresent())));
        paths.get("/metrics", this::metrics);
        for (String path : List.of("/completion", "/completions")) {
            paths.post(path, this::completion);
        }
        paths.post("/v1/completions", this::textCompletion);
        for (String path : List.of("/chat/completions", "/v1/chat/completions")) {
            paths.post(path, this::chat);
        }
        paths.post("/tokenize", question(texts::tokenize));
        paths.post("/detokenize", question(texts::detokenize));
        paths.post("/apply-template", question(texts::template));
        paths.post("/slots/{id}", this::slots);
        paths.unknown();
    }

    private static Paths.Action question(Question question) {
        return (request, response) -> Paths.send(request, response, question.answer(Bodies.read(request)));
    }

    private void model(ServerRequest request, ServerResponse response) {
        ObjectNode model = answers.model(created);
        String asked = request.path().pathParameters().get("id");
        if (!model.path("id").asText().equals(asked)) {
            throw new RequestException(RequestException.NOT_FOUND,
                    "model: expected " + model.path("id").asText() + ", found another");
        }
        Paths.send(request, response, model);
    }

    private void metrics(ServerRequest request, ServerResponse response) {
        Paths.send(request, response, "text/plain; version=0.0.4; charset=utf-8",
                metrics.text(turns, slot.count()));
    }

    /** The fields of a request for an answer; the log names those that this server does not know. */
    private Fields asked(ServerRequest request) {
        Fields fields = Bodies.read(request);
        List<String> unknown = Requests.unknown(fields);
        if (!unknown.isEmpty()) {
            log.line(request.path().rawPath() + ": unknown fields, left alone: "
                    + String.join(", ", unknown.subList(0, Math.min(MAX_NAMES, unknown.size()))));
        }
        return fields;
    }

    private void completion(ServerRequest request, ServerResponse response) {
        Fields fields = asked(request);
        Generation asked = requests.completion(fields);
        List<String> only = fields.texts("response_fields");
        answer(asked, response, new Shape() {
            @Override
            public ObjectNode piece(String text, int token) {
                return Answers.piece(text, token);
            }

            @Override
            public ObjectNode whole(GeneratedAnswer answer, int held) {
                return Answers.only(only, answers.completion(answer, asked, held));
            }

            @Override
            public List<String> end(GeneratedAnswer answer, int held) {
                return List.of(whole(answer, held).toString());
            }
        });
    }

    private void chat(ServerRequest request, ServerResponse response) {
        Fields fields = asked(request);
        answer(requests.chat(fields), response, new OpenAiShape(answers.chat(usage(fields), now())));
    }

    private void textCompletion(ServerRequest request, ServerResponse response) {
        Fields fields = asked(request);
        answer(requests.textCompletion(fields), response, new OpenAiShape(answers.text(usage(fields), now())));
    }

    /** Whether a stream shall end with the counts of tokens. */
    private static boolean usage(Fields fields) {
        return fields.object("stream_options").flag("include_usage", false);
    }

    private static long now() {
        return System.currentTimeMillis() / MILLIS;
    }

    /** The format of an answer. */
    private interface Shape {
        /** A piece of a stream. */
        ObjectNode piece(String text, int token);

        ObjectNode whole(GeneratedAnswer answer, int held);

        /** The last events of a stream. */
        List<String> end(GeneratedAnswer answer, int held);
    }

    /** The format of OpenAI's API. */
    private record OpenAiShape(Choices choices) implements Shape {
        @Override
        public ObjectNode piece(String text, int token) {
            return choices.piece(text);
        }

        @Override
        public ObjectNode whole(GeneratedAnswer answer, int held) {
            return choices.whole(answer);
        }

        @Override
        public List<String> end(GeneratedAnswer answer, int held) {
            return Stream.concat(choices.end(answer).stream().map(ObjectNode::toString), Stream.of("[DONE]")).toList();
        }
    }

    private void answer(Generation asked, ServerResponse response, Shape shape) {
        generator.requireFitting(asked.prompt());
        if (asked.streaming()) {
            stream(asked, new EventStream(response), shape);
        } else {
            whole(asked, new WholeAnswer(response), shape);
        }
    }

    private <T> T generate(Generation asked, Pulse pulse, AnswerGenerator.Listener listener,
            BiFunction<GeneratedAnswer, Integer, T> end) {
        return turns.take(() -> {
            GeneratedAnswer answer = generator.run(asked, pulse, listener);
            metrics.answered(answer);
            return end.apply(answer, slot.count());
        });
    }

    private void whole(Generation asked, WholeAnswer answer, Shape shape) {
        try {
            answer.send(generate(asked, new Pulse(answer::pulse), AnswerGenerator.Listener.NONE, shape::whole));
        } catch (LlamaException | RuntimeFailure | RequestException e) {
            if (!answer.started()) {
                throw e;
            }
            answer.send(unfinished(e));
        }
    }

    private void stream(Generation asked, EventStream stream, Shape shape) {
        AnswerGenerator.Listener listener = (text, token) -> stream.send(shape.piece(text, token).toString());
        try {
            generate(asked, new Pulse(stream::pulse), listener, shape::end).forEach(stream::send);
            stream.end();
        } catch (LlamaException | RuntimeFailure | RequestException e) {
            if (!stream.started()) {
                throw e;
            }
            stream.send(unfinished(e).toString());
            stream.end();
        } catch (HungUpException e) {
            stream.abandon();
            throw e;
        }
    }

    /**
     * The error at the end of an answer that has begun, when it is too late for a status. A server that stops has not
     * failed.
     */
    private ObjectNode unfinished(RuntimeException e) {
        if (e instanceof RequestException refused) {
            log.line("an answer ends unfinished: " + refused.getMessage());
            return Answers.error(refused.status(), String.valueOf(refused.getMessage()));
        }
        log.line("internal error: " + e);
        return Answers.error(RequestException.INTERNAL, "the server failed: " + e.getMessage());
    }

    private void slots(ServerRequest request, ServerResponse response) {
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
        json.putObject("timings").put(action + "_ms", (System.nanoTime() - begin) / NANOS_PER_MILLI);
        Paths.send(request, response, json);
    }

    private static String filename(ServerRequest request) {
        return Bodies.read(request).text("filename");
    }

    private ObjectNode save(String filename) {
        Slot.SlotSize moved = turns.take(() -> slot.save(folder.toSave(filename)));
        log.line("slot saved: " + moved.tokens() + " tokens, " + moved.bytes() + " bytes");
        return Answers.moved("saved", filename, moved.tokens(), "n_written", moved.bytes());
    }

    private ObjectNode restore(String filename) {
        Slot.SlotSize moved = turns.take(() -> slot.restore(folder.toRestore(filename)));
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
