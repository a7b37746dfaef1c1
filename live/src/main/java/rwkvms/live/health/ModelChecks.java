package rwkvms.live.health;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import rwkvms.file.Sha256;
import rwkvms.gguf.GgufEntry;
import rwkvms.gguf.GgufException;
import rwkvms.gguf.GgufReader;
import rwkvms.gguf.GgufValue;

/** Checks of the model that a server names, and of its answers. */
final class ModelChecks {
    private static final String BASE_HASH = "delta_mem.base_gguf_sha256";
    private static final int FEW = 8;
    private static final int SHOWN_NAMES = 5;

    private final HealthSettings settings;
    private final ServerClient client;
    private final Optional<Trace> trace;
    private String model;

    /** {@link IOException} if a given file cannot be read: that is not the fault of a server. */
    ModelChecks(HealthSettings settings, ServerClient client) throws IOException {
        this.settings = settings;
        this.trace = settings.trace().isPresent()
                ? Optional.of(Trace.read(settings.trace().get()))
                : Optional.empty();
        if (settings.sidecar().isPresent()) {
            hashes(settings.sidecar().get());
        }
        this.client = client;
        this.model = settings.model().orElse("");
    }

    String model() {
        return model;
    }

    /** The sidecar names the base by its SHA-256. */
    void binding(Facts facts) throws IOException {
        Path base = given(settings.base(), "--base-gguf");
        Path sidecar = given(settings.sidecar(), "--sidecar");
        String named = boundTo(sidecar);
        String found = Sha256.of(base);
        facts.add("sidecar_base_gguf_sha256", named);
        facts.add("base_gguf_sha256", found);
        Check.require(named.equals(found), "RWKV-MS sidecar base GGUF SHA mismatch: " + sidecar + ": " + BASE_HASH
                + ": expected " + found + " as " + base + " has, found " + Reply.shown(named));
    }

    private static <T> T given(Optional<T> file, String option) {
        return file.orElseThrow(() -> new Check.NotGivenException("not given: " + option));
    }

    private static String boundTo(Path sidecar) throws IOException {
        List<GgufEntry> entries = hashes(sidecar);
        if (entries.size() == 1 && entries.getFirst().value() instanceof GgufValue.Text text) {
            return text.value().toLowerCase(Locale.ROOT);
        }
        throw new IOException(sidecar + ": expected a text " + BASE_HASH + ", found none");
    }

    private static List<GgufEntry> hashes(Path sidecar) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return GgufReader.read(sidecar, arena).entries(BASE_HASH);
        } catch (GgufException e) {
            throw new IOException(sidecar + ": expected a sidecar, found none: " + e.getMessage(), e);
        }
    }

    void alive(Facts facts) {
        client.getRoot("/health").json();
    }

    void listed(Facts facts) {
        List<String> names = new ArrayList<>();
        for (JsonNode model : client.get("/models").field("data")) {
            names.add(model.path("id").asText());
        }
        facts.add("models", names.size());
        if (settings.model().isEmpty() && !names.isEmpty()) {
            model = names.getFirst();
        }
        facts.add("model", model);
        Check.require(names.contains(model), "GET /models: expected " + settings.model().map(name -> "a model " + name)
                .orElse("at least one model") + ", found "
                + names.stream().limit(SHOWN_NAMES).map(Reply::shown).toList());
    }

    /** Of the servers, only gate serve says where it computes, and has proved it. */
    void device(String asked, Facts facts) {
        String found = said();
        facts.add("device", found);
        Check.require(found.equals(asked), "GET /props: device: expected " + asked + ", found " + Reply.shown(found));
    }

    private String said() {
        try {
            return client.getRoot("/props").text("device");
        } catch (ServerException e) {
            throw new Check.NotGivenException("the server does not say on which device it computes: " + e.getMessage());
        }
    }

    void chat(Facts facts) {
        String said = client.post("/chat/completions", RequestBodies.chat(model, "Hi", FEW)).said().text();
        facts.add("said", said);
        Check.require(!said.isBlank(), "chat: expected some text in answer to \"Hi\", found none");
    }

    /** A streamed answer is the answer. */
    void stream(Facts facts) {
        String whole = ask("Tell me a story.", FEW);
        String streamed = client
                .post("/chat/completions", RequestBodies.chat(model, "Tell me a story.", FEW).put("stream", true))
                .streamed().text();
        facts.add("said", streamed);
        Check.requireSomething(List.of(whole, streamed));
        Check.requireSame("stream", whole, streamed);
    }

    /** Greedy answers are the same whatever ran before them. */
    void repeats(Facts facts) {
        String first = ask("What is a memory?", FEW);
        ask("Something else.", FEW);
        String second = ask("What is a memory?", FEW);
        facts.add("said", first);
        Check.requireSomething(List.of(first, second));
        Check.requireSame("the same greedy request once more", first, second);
    }

    /** The server answers the trace's prompt greedily, as the reference did. */
    void trace(Facts facts) {
        Trace reference = given(trace, "--trace");
        String said = ask(reference.prompt(), reference.maxTokens());
        facts.add("said", said);
        Check.requireSame("answer to the trace's prompt", reference.answer(), said);
    }

    private String ask(String prompt, int maxTokens) {
        return client.post("/chat/completions", RequestBodies.chat(model, prompt, maxTokens)).said().text();
    }

}
