package rwkvms.live.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import rwkvms.llama.Vocabulary;

/**
 * Turns a chat into tokens: for each message the begin of a turn, role, line feed, text and the end of the turn; then
 * the begin of the model's turn. Control tokens are set by id, so their names in a message stay text.
 */
final class ChatPrompt {
    private static final String SYSTEM = "system";
    private static final String USER = "user";
    private static final String MODEL = "model";

    private final Vocabulary words;
    private final int begin;
    private final int end;
    /**
     * Whether the model has a turn of the system. Older Gemmas have none: its text goes before the next message of the
     * user.
     */
    private final boolean systemTurn;

    private record Message(String role, String text) {
    }

    private ChatPrompt(Vocabulary words, int begin, int end, boolean systemTurn) {
        this.words = words;
        this.begin = begin;
        this.end = end;
        this.systemTurn = systemTurn;
    }

    /** The format whose control tokens the model's vocabulary has. */
    static ChatPrompt of(Vocabulary words) {
        OptionalInt begin = words.control("<|turn>");
        OptionalInt end = words.control("<turn|>");
        if (begin.isPresent() && end.isPresent()) {
            return new ChatPrompt(words, begin.getAsInt(), end.getAsInt(), true);
        }
        OptionalInt older = words.control("<start_of_turn>");
        OptionalInt olderEnd = words.control("<end_of_turn>");
        if (older.isPresent() && olderEnd.isPresent()) {
            return new ChatPrompt(words, older.getAsInt(), olderEnd.getAsInt(), false);
        }
        throw new IllegalArgumentException(
                "model: expected the turn tokens of a Gemma in its vocabulary, <|turn> and <turn|>, found none");
    }

    List<Integer> tokens(Fields request) {
        List<Integer> tokens = new ArrayList<>();
        words.beginning().ifPresent(tokens::add);
        for (Message message : messages(request.require("messages", "a list of messages"))) {
            tokens.add(begin);
            add(tokens, message.role + "\n" + message.text.strip());
            tokens.add(end);
            add(tokens, "\n");
        }
        tokens.add(begin);
        add(tokens, MODEL + "\n");
        return tokens;
    }

    private void add(List<Integer> tokens, String text) {
        for (int token : words.tokens(text, false)) {
            tokens.add(token);
        }
    }

    private List<Message> messages(JsonNode list) {
        if (!list.isArray() || list.isEmpty()) {
            throw Fields.wrong("messages", "a list of at least one message", list);
        }
        List<Message> messages = new ArrayList<>();
        String system = "";
        for (int i = 0; i < list.size(); i++) {
            Message message = message("messages[" + i + "]", list.get(i));
            boolean hold = message.role.equals(SYSTEM) && !systemTurn;
            if (hold) {
                system += message.text.strip() + "\n\n";
            } else if (message.role.equals(USER)) {
                messages.add(new Message(USER, system + message.text.strip()));
                system = "";
            } else {
                messages.add(message);
            }
        }
        return messages;
    }

    private static Message message(String place, JsonNode found) {
        if (!found.isObject()) {
            throw Fields.wrong(place, "an object with role and content", found);
        }
        String content = place + ".content";
        return switch (found.path("role").asText()) {
            case "system", "developer" -> new Message(SYSTEM, text(content, found.path("content")));
            case "user" -> new Message(USER, text(content, found.path("content")));
            case "assistant" -> new Message(MODEL, said(content, found));
            case "tool", "function" -> new Message(USER, result(content, found));
            default -> throw Fields.wrong(place + ".role", "system, developer, user, assistant or tool",
                    found.path("role"));
        };
    }

    /** What the assistant said, and then its tool calls as JSON: this format has no other form for them. */
    private static String said(String place, JsonNode message) {
        ObjectNode calls = JsonNodeFactory.instance.objectNode();
        for (String name : List.of("tool_calls", "function_call")) {
            JsonNode called = message.path(name);
            if (called.isContainerNode() && !called.isEmpty()) {
                calls.set(name, called);
            }
        }
        JsonNode content = message.path("content");
        boolean silent = content.isNull() || (content.isMissingNode() && !calls.isEmpty());
        String text = silent ? "" : text(place, content);
        return calls.isEmpty() ? text : text.isBlank() ? calls.toString() : text.strip() + "\n" + calls;
    }

    /** The answer of a tool, as JSON for a turn of the user. */
    private static String result(String place, JsonNode message) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ObjectNode response = json.putObject("tool_response");
        for (String name : List.of("tool_call_id", "name")) {
            if (message.path(name).isTextual()) {
                response.set(name, message.get(name));
            }
        }
        response.put("content", text(place, message.path("content")));
        return json.toString();
    }

    /** A text, or the concatenation of parts of type text. */
    private static String text(String place, JsonNode content) {
        if (content.isTextual()) {
            return content.asText();
        }
        if (!content.isArray()) {
            throw Fields.wrong(place, "a text or a list of parts", content);
        }
        StringBuilder text = new StringBuilder();
        for (JsonNode part : content) {
            if (!part.path("type").asText().equals("text") || !part.path("text").isTextual()) {
                throw Fields.wrong(place, "parts of type text", part);
            }
            text.append(part.path("text").asText());
        }
        return text.toString();
    }
}
