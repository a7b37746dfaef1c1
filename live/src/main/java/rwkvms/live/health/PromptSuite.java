package rwkvms.live.health;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The prompts of a file: JSON objects, one per line or in one array ("prompt" or "messages"; optionally "system", "id"
 * and "expect"), or else one prompt per line. The content of the file decides: JSON is never sent as a prompt, and
 * nothing that may be an expectation is ignored. A prompt without an id gets the number of its line or its place in the
 * array.
 */
public record PromptSuite(List<Prompt> prompts) {
    private static final Set<String> KEYS = Set.of("id", "prompt", "messages", "system", "expect");
    /** The keys of a message and of a part of its content that servers with OpenAI's interface know. */
    private static final Set<String> MESSAGE_KEYS = Set.of("role", "content", "name", "tool_calls", "tool_call_id",
            "function_call", "refusal", "audio", "annotations", "reasoning_content", "reasoning", "prefix");
    private static final Set<String> PART_KEYS = Set.of("type", "text", "image_url", "input_audio", "video_url", "file",
            "refusal", "cache_control");
    private static final Set<String> JSON_NAMES = Set.of("jsonl", "ndjson", "json");
    private static final Set<String> TEXT_NAMES = Set.of("", "txt", "text");
    /** The beginning of a line of JSON; a text may begin with a word in brackets, such as [ACTION]. */
    private static final Pattern JSON_LINE = Pattern.compile("\\s*(?:\\{|\\[\\s*(?:$|[\\[{\"\\]]))");
    /** A line of YAML, of a table or the like that holds more than a prompt, or a line with a piece of JSON in it. */
    private static final Pattern KEYED_LINE = Pattern.compile(
            "[-\\s]*[\"']?(prompt|messages|expect\\w*)[\"']?\\s*[:=,;\\t].*|.*[\"']expect\\w*[\"']\\s*:.*");
    private static final ObjectMapper JSON = JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    /**
     * One prompt.
     *
     * @param messages of the chat
     * @param expect   expectations of the answer; empty if it is not judged
     */
    public record Prompt(String id, JsonNode messages, Optional<Expectations> expect) {
    }

    public PromptSuite {
        prompts = List.copyOf(prompts);
    }

    /** Makes a prompt from one place of the file. */
    private interface Reader<T> {
        Prompt prompt(String id, T found);
    }

    /** The prompts that were read so far, each with an id of its own. */
    private static final class Reading {
        private final Path file;
        private final List<Prompt> prompts = new ArrayList<>();
        private final Set<String> ids = new HashSet<>();

        Reading(Path file) {
            this.file = file;
        }

        <T> void add(String kind, int number, T found, Reader<T> reader) throws IOException {
            try {
                Prompt prompt = reader.prompt(String.valueOf(number), found);
                if (!ids.add(prompt.id)) {
                    throw new IllegalArgumentException("id: expected one of its own, found " + prompt.id
                            + " a second time");
                }
                prompts.add(prompt);
            } catch (IllegalArgumentException e) {
                throw new IOException(file + ", " + kind + " " + number + ": " + e.getMessage(), e);
            }
        }
    }

    /** Reads a suite; an {@link IOException} names the line that cannot be understood. */
    public static PromptSuite read(Path file) throws IOException {
        String text = SuiteText.read(file);
        Reading reading = new Reading(file);
        if (isArray(file, text)) {
            readArray(reading, text);
        } else {
            readLines(reading, SuiteText.lines(text));
        }
        if (reading.prompts.isEmpty()) {
            throw new IOException(file + ": expected at least one prompt, found none");
        }
        return new PromptSuite(reading.prompts);
    }

    private static boolean isArray(Path file, String text) {
        String begin = text.stripLeading();
        return begin.startsWith("[") && (isNamedJson(file) || JSON_LINE.matcher(firstLine(begin)).lookingAt());
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }

    private static String extension(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.substring(name.lastIndexOf('.') + 1).equals(name)
                ? ""
                : name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }

    private static boolean isNamedJson(Path file) {
        return JSON_NAMES.contains(extension(file));
    }

    private static void readArray(Reading reading, String text) throws IOException {
        JsonNode array;
        try {
            array = JSON.readTree(text);
        } catch (JsonProcessingException notJson) {
            throw new IOException(reading.file + ": expected an array of JSON objects, found "
                    + Reply.shown(notJson.getOriginalMessage()) + line(notJson), notJson);
        }
        int number = 0;
        for (JsonNode each : array) {
            number++;
            reading.add("prompt", number, each, PromptSuite::ofJson);
        }
    }

    private static String line(JsonProcessingException problem) {
        return problem.getLocation() == null ? "" : " in line " + problem.getLocation().getLineNr();
    }

    private static void readLines(Reading reading, List<String> lines) throws IOException {
        boolean named = isNamedJson(reading.file);
        int like = named ? 0 : likeJson(lines);
        if (!named && like == 0) {
            requireTextName(reading.file);
        }
        int number = 0;
        for (String line : lines) {
            number++;
            if (!line.isBlank()) {
                reading.add("line", number, line, named
                        ? PromptSuite::ofLine
                        : like > 0 ? (id, text) -> ofLineBeside(like, id, text) : PromptSuite::ofText);
            }
        }
    }

    /** Number of the first line that looks like JSON, 0 for none. */
    private static int likeJson(List<String> lines) {
        for (int i = 0; i < lines.size(); i++) {
            if (JSON_LINE.matcher(lines.get(i)).lookingAt()) {
                return i + 1;
            }
        }
        return 0;
    }

    private static void requireTextName(Path file) throws IOException {
        if (!TEXT_NAMES.contains(extension(file))) {
            throw new IOException(
                    file + ": expected JSON objects, or a name that ends with .txt for one prompt per line, "
                            + "found neither");
        }
    }

    private static Prompt ofLine(String id, String line) {
        return ofJson(id, parsed(line));
    }

    private static Prompt ofLineBeside(int like, String id, String line) {
        try {
            return ofLine(id, line);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(e.getMessage() + (String.valueOf(like).equals(id)
                    ? "; a line that begins like this is read as JSON"
                    : "; line " + like + " is JSON, so every line must be"), e);
        }
    }

    private static Prompt ofText(String id, String line) {
        if (KEYED_LINE.matcher(line).matches()) {
            throw new IllegalArgumentException("expected a prompt, found a key of one, " + Reply.shown(line)
                    + ": write what is to be expected in lines of JSON");
        }
        return new Prompt(id, chat(Optional.empty(), line.strip()), Optional.empty());
    }

    private static Prompt ofJson(String number, JsonNode json) {
        if (!json.isObject()) {
            throw new IllegalArgumentException("expected a JSON object, found " + Reply.shown(json.toString()));
        }
        requireKeys("expected the keys id, prompt, messages, system and expect", KEYS, json);
        String id = json.has("id") ? id(json.path("id")) : number;
        Optional<Expectations> expect = json.has("expect")
                ? Optional.of(Expectations.of(json.path("expect")))
                : Optional.empty();
        Optional<String> system = json.has("system") ? Optional.of(system(json.path("system"))) : Optional.empty();
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
                    "expected a text prompt or a list of messages, found " + Reply.shown(json.toString()));
        }
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        system.ifPresent(text -> all.addObject().put("role", "system").put("content", text));
        messages.forEach(message -> all.add(message(message)));
        return new Prompt(id, all, expect);
    }

    private static String id(JsonNode id) {
        if (!id.isIntegralNumber() && (!id.isTextual() || id.asText().isBlank())) {
            throw new IllegalArgumentException("id: expected a text or a whole number, found "
                    + Reply.shown(id.toString()));
        }
        return id.asText();
    }

    private static String system(JsonNode system) {
        if (!system.isTextual()) {
            throw new IllegalArgumentException("system: expected a text, found " + Reply.shown(system.toString()));
        }
        return system.asText();
    }

    private static JsonNode message(JsonNode message) {
        if (!message.path("role").isTextual()) {
            throw new IllegalArgumentException("messages: expected objects with a role, found "
                    + Reply.shown(message.toString()));
        }
        for (Map.Entry<String, JsonNode> field : message.properties()) {
            if (field.getKey().startsWith("expect")) {
                throw new IllegalArgumentException("messages: expected " + Reply.shown(field.getKey())
                        + " beside them, found it in one");
            }
        }
        requireKeys("messages: expected the keys of a chat message", MESSAGE_KEYS, message);
        message.path("content").forEach(
                part -> requireKeys("messages: expected the keys of a part of a chat message", PART_KEYS, part));
        return message;
    }

    /** Refuses an unknown key: it may be an expectation that is misspelt or has another name. */
    private static void requireKeys(String expected, Set<String> known, JsonNode object) {
        for (Map.Entry<String, JsonNode> field : object.properties()) {
            if (!known.contains(field.getKey())) {
                throw new IllegalArgumentException(expected + ", found " + Reply.shown(field.getKey()));
            }
        }
    }

    private static JsonNode parsed(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException notJson) {
            throw new IllegalArgumentException(
                    "expected a JSON object, found " + Reply.shown(notJson.getOriginalMessage()), notJson);
        }
    }

    private static ArrayNode chat(Optional<String> system, String prompt) {
        ArrayNode messages = JsonNodeFactory.instance.arrayNode();
        system.ifPresent(text -> messages.addObject().put("role", "system").put("content", text));
        messages.addObject().put("role", "user").put("content", prompt);
        return messages;
    }
}
