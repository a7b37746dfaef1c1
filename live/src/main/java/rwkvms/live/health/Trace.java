package rwkvms.live.health;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A reference trace (runtime-tools.md, section 5): a prompt and a reference runtime's greedy answer to it.
 *
 * @param maxTokens of the answer
 */
public record Trace(String prompt, int maxTokens, String answer) {
    public static final String SCHEMA = "delta_mem_rwkv_ms_reference_trace.v1";
    private static final ObjectMapper JSON = JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    /**
     * Reads what a comparison needs.
     *
     * @throws IOException if the file is no trace, or if its answer was sampled and so cannot be compared
     */
    public static Trace read(Path file) throws IOException {
        JsonNode json = parse(file);
        String schema = json.path("schema").asText("none");
        if (!schema.equals(SCHEMA)) {
            throw new IOException(file + ": schema: expected " + SCHEMA + ", found " + Reply.shown(schema));
        }
        JsonNode generation = json.path("generation");
        JsonNode sampled = generation.path("do_sample");
        if (!sampled.isBoolean() && !sampled.isNull() && !sampled.isMissingNode()) {
            throw new IOException(file + ": generation.do_sample: expected true or false, found "
                    + Reply.shown(sampled.toString()));
        }
        if (sampled.asBoolean()) {
            throw new IOException(file + ": generation.do_sample: expected false, found true: what was sampled cannot "
                    + "be compared");
        }
        if (!generation.path("max_new_tokens").isInt() || generation.path("max_new_tokens").asInt() < 1) {
            throw new IOException(file + ": generation.max_new_tokens: expected a whole number of at least 1, found "
                    + Reply.shown(generation.path("max_new_tokens").toString()));
        }
        String answer = text(file, json, "result", "assistant_display");
        if (answer.isBlank()) {
            throw new IOException(file + ": result.assistant_display: expected some text to compare with, found none");
        }
        return new Trace(text(file, json, "generation", "prompt"), generation.path("max_new_tokens").asInt(), answer);
    }

    private static JsonNode parse(Path file) throws IOException {
        try {
            JsonNode json = JSON.readTree(SuiteText.bytes(file, "a trace of "));
            if (json != null && json.isObject()) {
                return json;
            }
        } catch (JsonProcessingException notJson) {
            throw new IOException(
                    file + ": expected a trace in JSON, found " + Reply.shown(notJson.getOriginalMessage()), notJson);
        }
        throw new IOException(file + ": expected a JSON object, found another value");
    }

    private static String text(Path file, JsonNode json, String section, String name) throws IOException {
        JsonNode found = json.path(section).path(name);
        if (!found.isTextual()) {
            throw new IOException(file + ": " + section + "." + name + ": expected a text, found "
                    + Reply.shown(found.toString()));
        }
        return found.asText();
    }

    /** The first difference of two texts, without the blanks around them; empty if there is none. */
    public static String difference(String expected, String found) {
        String e = expected.strip();
        String f = found.strip();
        if (e.equals(f)) {
            return "";
        }
        int at = 0;
        while (at < Math.min(e.length(), f.length()) && e.charAt(at) == f.charAt(at)) {
            at++;
        }
        return "character " + at + ": expected " + quoted(e, at) + ", found " + quoted(f, at);
    }

    private static String quoted(String text, int from) {
        int shown = 40;
        return from >= text.length()
                ? "the end"
                : "\"" + Reply.shown(text.substring(from, Math.min(text.length(), from + shown))) + "\"";
    }
}
