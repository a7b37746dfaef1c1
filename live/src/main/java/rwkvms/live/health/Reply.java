package rwkvms.live.health;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;

/**
 * An answer of a server.
 *
 * @param request the request, for messages
 */
record Reply(String request, int status, String body) {
    /** The deepest nesting that is read; answers nest a few levels deep. */
    private static final int MAX_DEPTH = 64;
    private static final int SHOWN = 200;
    private static final int OK = 200;
    private static final int OK_END = 300;
    /** Every message has at least one of these fields. */
    private static final List<String> SPOKEN = List.of("content", "reasoning_content", "reasoning", "tool_calls",
            "refusal");
    /** The finish_reason of an answer that the server withheld, wholly or in part. */
    private static final String FILTERED = "content_filter";
    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build()).build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /** The JSON object of a request that succeeded. */
    JsonNode json() {
        if (status < OK || status >= OK_END) {
            throw new ServerException(request + ": expected HTTP 2xx, found " + status + ": " + shown(body));
        }
        return parsed(body);
    }

    /** A JSON object that is not an error: some servers send a good status before they fail. */
    private JsonNode parsed(String text) {
        try {
            JsonNode json = JSON.readTree(SuiteText.withoutMark(text));
            if (json != null && json.isObject()) {
                requireNoError(json.path("error"));
                return json;
            }
        } catch (JsonProcessingException notJson) {
            if (notJson.getOriginalMessage().startsWith("Duplicate field")) {
                throw new ServerException(request + ": expected a JSON object, found "
                        + shown(notJson.getOriginalMessage()));
            }
        }
        throw new ServerException(request + ": expected a JSON object, found " + shown(text));
    }

    private void requireNoError(JsonNode error) {
        boolean said = error.isTextual() ? !error.asText().isEmpty() : !error.isEmpty() || error.asBoolean();
        if (said) {
            throw error(error.path("message").isTextual() ? error.path("message").asText() : error.toString());
        }
    }

    private ServerException error(String found) {
        return new ServerException(request + ": expected an answer, found the error " + shown(found));
    }

    /** A field of the answer. */
    JsonNode field(String name) {
        JsonNode found = json().get(name);
        if (found == null || found.isNull()) {
            throw new ServerException(request + ": expected a field " + name + ", found none in " + shown(body));
        }
        return found;
    }

    String text(String name) {
        JsonNode found = field(name);
        if (!found.isTextual()) {
            throw new ServerException(request + ": " + name + ": expected a text, found " + shown(found.toString()));
        }
        return found.asText();
    }

    long whole(String name) {
        JsonNode found = field(name);
        if (!found.isIntegralNumber()) {
            throw new ServerException(request + ": " + name + ": expected a whole number, found "
                    + shown(found.toString()));
        }
        return found.asLong();
    }

    /** What the assistant said in a chat. */
    ChatAnswer said() {
        JsonNode choice = choice(json().path("choices"));
        JsonNode message = choice.path("message");
        if (SPOKEN.stream().noneMatch(message::has)) {
            throw new ServerException(request + ": expected a message of an assistant, found none in " + shown(body));
        }
        return unfiltered(said(message, finish(choice)));
    }

    /** The choice of index 0, which may lack the index and need not come first. */
    private JsonNode choice(JsonNode choices) {
        List<JsonNode> first = new ArrayList<>();
        choices.forEach(choice -> {
            if (choice.path("index").asInt() == 0) {
                first.add(choice);
            }
        });
        long numbered = first.stream().filter(choice -> choice.hasNonNull("index")).count();
        if (numbered > 1) {
            throw new ServerException(request + ": expected one choice of index 0, found " + numbered);
        }
        return first.isEmpty() ? JSON.missingNode() : first.getFirst();
    }

    private static String finish(JsonNode choice) {
        return choice.path("finish_reason").asText("");
    }

    private ChatAnswer said(JsonNode message, String finish) {
        String reasoning = spoken(message, "reasoning_content");
        return new ChatAnswer(spoken(message, "content"),
                reasoning.isEmpty() ? spoken(message, "reasoning") : reasoning,
                finish);
    }

    private ChatAnswer unfiltered(ChatAnswer said) {
        if (said.finish().equals(FILTERED)) {
            throw new ServerException(request + ": expected an answer, found one that " + FILTERED + " ended: "
                    + shown(said.text()));
        }
        return said;
    }

    /** A text of a message; empty if the message lacks it. */
    private String spoken(JsonNode message, String name) {
        JsonNode found = message.path(name);
        if (!found.isTextual() && !found.isNull() && !found.isMissingNode()) {
            throw new ServerException(request + ": " + name + ": expected a text, found " + shown(found.toString()));
        }
        return found.isTextual() ? found.asText() : "";
    }

    /**
     * What the assistant said in a stream of events: one choice with a finish_reason, then {@code [DONE]}, and nothing
     * after that.
     */
    ChatAnswer streamed() {
        if (status != OK) {
            throw new ServerException(request + ": expected HTTP 200, found " + status + ": " + shown(body));
        }
        StringBuilder content = new StringBuilder();
        StringBuilder reasoning = new StringBuilder();
        String finish = "";
        List<ServerEvents.Event> events = ServerEvents.of(body);
        for (int i = 0; i < events.size(); i++) {
            if (events.get(i).ends()) {
                requireEnd(finish, events.subList(i + 1, events.size()));
                return unfiltered(new ChatAnswer(content.toString(), reasoning.toString(), finish));
            }
            for (JsonNode choice : oneChoice(events.get(i))) {
                ChatAnswer delta = said(choice.path("delta"), finish(choice));
                if (!finish.isEmpty() && !delta.text().isEmpty()) {
                    throw new ServerException(request + ": expected nothing behind the finish_reason, found "
                            + shown(delta.text()));
                }
                content.append(delta.content());
                reasoning.append(delta.reasoning());
                finish = delta.finish().isEmpty() ? finish : delta.finish();
            }
        }
        throw new ServerException(request + ": expected a stream that ends with [DONE], found " + shown(body));
    }

    /** Refuses events after the end: a client takes them for a part of the next answer, or loses them. */
    private void requireEnd(String finish, List<ServerEvents.Event> behind) {
        for (ServerEvents.Event event : behind) {
            if (!event.data().isBlank() && !event.ends()) {
                throw new ServerException(request + ": expected nothing behind " + ServerEvents.DONE + ", found "
                        + shown(event.data()));
            }
        }
        if (finish.isEmpty()) {
            throw new ServerException(request + ": expected a stream with a finish_reason, found none");
        }
    }

    /** The choice of one event, or none. */
    private JsonNode oneChoice(ServerEvents.Event event) {
        JsonNode choices = choices(event);
        for (JsonNode choice : choices) {
            if (choice.path("index").asInt() != 0) {
                throw new ServerException(request + ": expected one choice, found another of index "
                        + shown(choice.path("index").toString()));
            }
        }
        if (choices.size() > 1) {
            throw new ServerException(request + ": expected one choice, found " + choices.size() + " in one piece");
        }
        return choices;
    }

    private JsonNode choices(ServerEvents.Event event) {
        if (event.isError()) {
            throw error(event.data());
        }
        return event.data().isBlank() ? JSON.missingNode() : parsed(event.data()).path("choices");
    }

    /** The text as one line without control characters, cut after {@value #SHOWN}. */
    static String shown(String text) {
        String line = text.replaceAll("\\p{Cntrl}+", " ").strip();
        return line.isEmpty() ? "nothing" : line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "...";
    }
}
