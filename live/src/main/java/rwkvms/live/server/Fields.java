package rwkvms.live.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The fields of a request, each read with its type and range. A null counts as absent; other fields are ignored. */
final class Fields {
    private static final BigInteger MIN_BITS = BigInteger.valueOf(Long.MIN_VALUE);
    private static final BigInteger MAX_BITS = BigInteger.ONE.shiftLeft(Long.SIZE).subtract(BigInteger.ONE);
    private final JsonNode body;

    Fields(JsonNode body) {
        if (!body.isObject()) {
            throw RequestException.bad("body: expected a JSON object, found " + kind(body));
        }
        this.body = body;
    }

    /** The field; empty if it is absent. */
    Optional<JsonNode> find(String name) {
        @Nullable
        JsonNode found = body.get(name);
        return found == null || found.isNull() ? Optional.empty() : Optional.of(found);
    }

    JsonNode require(String name, String expected) {
        return find(name).orElseThrow(() -> RequestException.bad(name + ": expected " + expected + ", found none"));
    }

    /** A text, which must be there. */
    String text(String name) {
        JsonNode found = require(name, "a text");
        if (!found.isTextual()) {
            throw wrong(name, "a text", found);
        }
        return found.asText();
    }

    double number(String name, double min, double max, double otherwise) {
        Optional<JsonNode> found = find(name);
        if (found.isEmpty()) {
            return otherwise;
        }
        double value = found.get().asDouble(Double.NaN);
        if (!found.get().isNumber() || !(value >= min && value <= max)) {
            throw wrong(name, "a number from " + min + " to " + max, found.get());
        }
        return value;
    }

    long whole(String name, long min, long max, long otherwise) {
        Optional<JsonNode> found = find(name);
        if (found.isEmpty()) {
            return otherwise;
        }
        JsonNode value = found.get();
        if (!isWhole(value) || !value.canConvertToLong() || value.asLong() < min || value.asLong() > max) {
            throw wrong(name, "a whole number from " + min + " to " + max, value);
        }
        return value.asLong();
    }

    /** Whether a value is a whole number; 2.0 is one too, because some languages write no other numbers. */
    private static boolean isWhole(JsonNode value) {
        return value.isNumber() && value.canConvertToExactIntegral();
    }

    /** A whole number of 64 bits; one beyond the range of signed numbers keeps its bits. */
    long bits(String name, long otherwise) {
        Optional<JsonNode> found = find(name);
        if (found.isEmpty()) {
            return otherwise;
        }
        if (!isWhole(found.get()) || found.get().bigIntegerValue().compareTo(MIN_BITS) < 0
                || found.get().bigIntegerValue().compareTo(MAX_BITS) > 0) {
            throw wrong(name, "a whole number from " + MIN_BITS + " to " + MAX_BITS, found.get());
        }
        return found.get().bigIntegerValue().longValue();
    }

    /** The fields of an object; none if it is absent. */
    Fields object(String name) {
        Optional<JsonNode> found = find(name);
        if (found.isPresent() && !found.get().isObject()) {
            throw wrong(name, "an object", found.get());
        }
        return new Fields(found.orElse(JsonNodeFactory.instance.objectNode()));
    }

    /** The names of all fields that are not null and not among the given names. */
    List<String> others(Set<String> names) {
        return body.properties().stream().filter(field -> !field.getValue().isNull()).map(Map.Entry::getKey)
                .filter(name -> !names.contains(name)).toList();
    }

    boolean flag(String name, boolean otherwise) {
        Optional<JsonNode> found = find(name);
        if (found.isPresent() && !found.get().isBoolean()) {
            throw wrong(name, "true or false", found.get());
        }
        return found.map(JsonNode::asBoolean).orElse(otherwise);
    }

    List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        find(name).ifPresent(found -> {
            for (JsonNode text : found.isArray() ? found : List.of(found)) {
                if (!text.isTextual()) {
                    throw wrong(name, "a text or a list of texts", text);
                }
                texts.add(text.asText());
            }
        });
        return texts;
    }

    static RequestException wrong(String name, String expected, JsonNode found) {
        return RequestException.bad(name + ": expected " + expected + ", found " + shown(found));
    }

    /** A number or flag as it is; the kind of any other value, which may be long. */
    private static String shown(JsonNode found) {
        return (found.isNumber() || found.isBoolean()) ? shortened(found.asText()) : kind(found);
    }

    private static String shortened(String text) {
        int max = 40;
        return text.length() <= max ? text : text.substring(0, max) + "...";
    }

    static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> "a list";
            case OBJECT -> "an object";
            case STRING -> "a text";
            case NUMBER -> "a number";
            case BOOLEAN -> "a flag";
            case NULL -> "null";
            case MISSING, BINARY, POJO -> "nothing";
        };
    }
}
