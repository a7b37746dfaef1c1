package rwkvms.sidecar;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;

/**
 * Strict JSON trees of embedded texts and manifests: no duplicated keys, no trailing bytes, every float a finite
 * float64.
 */
public final class Json {
    /**
     * Largest document in characters; its tree takes up to 20 times as much. The manifest of 744 tensors has 0.3 million.
     */
    public static final int MAX_LENGTH = 4 << 20;
    /** Deepest nesting of objects and arrays; real documents have four levels. */
    static final int MAX_DEPTH = 64;
    /** Longest number in characters; a float64 needs at most 24, a 64-bit integer 20. */
    static final int MAX_NUMBER_LENGTH = 64;

    private static final ObjectMapper MAPPER = JsonMapper
            .builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH)
                            .maxNumberLength(MAX_NUMBER_LENGTH).build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    private Json() {
    }

    /** A text member, or an empty text if it is absent or null. */
    public static String text(JsonNode object, String name) {
        String text = object.path(name).textValue();
        return text == null ? "" : text;
    }

    /** The document; {@link JsonProcessingException} says what is wrong and where. */
    public static JsonNode parse(String text) throws JsonProcessingException {
        if (text.length() > MAX_LENGTH) {
            throw new StreamConstraintsException(text.length() + " characters, at most " + MAX_LENGTH);
        }
        JsonNode document = MAPPER.readTree(text);
        requireFinite(document);
        return document;
    }

    private static void requireFinite(JsonNode node) throws JsonParseException {
        if (node.isFloatingPointNumber() && !Double.isFinite(node.doubleValue())) {
            throw new JsonParseException(null, "a number beyond the range of a float64");
        }
        for (JsonNode child : node) {
            requireFinite(child);
        }
    }
}
