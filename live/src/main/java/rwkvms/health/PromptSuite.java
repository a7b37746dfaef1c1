package rwkvms.health;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

/**
 * Prompts of a file: lines of JSON in a {@code .jsonl} ("prompt" or "messages"; "system", "id" and
 * "expect" where wanted), else a prompt a line. The id is the line's number where it has none.
 */
public record PromptSuite(List<Prompt> prompts) {
    private static final long MOST_BYTES = 64L << 20;
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /**
     * One prompt.
     *
     * @param messages of the chat
     * @param expect   what the answer must be; empty where it is only to be had
     */
    public record Prompt(String id, JsonNode messages, Optional<Expectations> expect) {
    }

    public PromptSuite {
        prompts = List.copyOf(prompts);
    }

    /** Reads a suite; {@link IOException} with the line that cannot be understood. */
    public static PromptSuite read(Path file) throws IOException {
        if (Files.size(file) > MOST_BYTES) {
            throw new IOException(
                    file + ": expected at most " + MOST_BYTES + " bytes, found " + Files.size(file));
        }
        boolean json = String.valueOf(file.getFileName()).endsWith(".jsonl");
        List<Prompt> prompts = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        int number = 0;
        for (String line : Files.readAllLines(file)) {
            number++;
            if (line.isBlank()) {
                continue;
            }
            try {
                Prompt prompt = json ? ofJson(number, line) : ofText(String.valueOf(number), line.strip());
                if (!ids.add(prompt.id)) {
                    throw new IllegalArgumentException("id: expected one of its own, found " + prompt.id
                            + " a second time");
                }
                prompts.add(prompt);
            } catch (IllegalArgumentException e) {
                throw new IOException(file + ", line " + number + ": " + e.getMessage(), e);
            }
        }
        if (prompts.isEmpty()) {
            throw new IOException(file + ": expected at least one prompt, found none");
        }
        return new PromptSuite(prompts);
    }

    private static Prompt ofText(String id, String text) {
        return new Prompt(id, chat(Optional.empty(), text), Optional.empty());
    }

    private static Prompt ofJson(int number, String line) {
        JsonNode json = parsed(line);
        String id = json.path("id").isMissingNode() ? String.valueOf(number) : json.path("id").asText();
        Optional<Expectations> expect = json.has("expect")
                ? Optional.of(Expectations.of(json.path("expect")))
                : Optional.empty();
        Optional<String> system = json.path("system").isTextual()
                ? Optional.of(json.path("system").asText())
                : Optional.empty();
        if (json.has("prompt") == json.has("messages")) {
            throw new IllegalArgumentException("expected either prompt or messages, found "
                    + (json.has("prompt") ? "both" : "neither"));
        }
        if (json.path("prompt").isTextual()) {
            return new Prompt(id, chat(system, json.path("prompt").asText()), expect);
        }
        JsonNode messages = json.path("messages");
        if (!messages.isArray() || messages.isEmpty()) {
            throw new IllegalArgumentException(
                    "expected a text prompt or a list of messages, found " + Reply.shown(line));
        }
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        system.ifPresent(text -> all.addObject().put("role", "system").put("content", text));
        messages.forEach(all::add);
        return new Prompt(id, all, expect);
    }

    private static JsonNode parsed(String line) {
        try {
            JsonNode json = JSON.readTree(line);
            if (json.isObject()) {
                return json;
            }
        } catch (JsonProcessingException notJson) {
            throw new IllegalArgumentException(
                    "expected a JSON object, found " + Reply.shown(notJson.getOriginalMessage()), notJson);
        }
        throw new IllegalArgumentException("expected a JSON object, found " + Reply.shown(line));
    }

    private static ArrayNode chat(Optional<String> system, String prompt) {
        ArrayNode messages = JsonNodeFactory.instance.arrayNode();
        system.ifPresent(text -> messages.addObject().put("role", "system").put("content", text));
        messages.addObject().put("role", "user").put("content", prompt);
        return messages;
    }
}
