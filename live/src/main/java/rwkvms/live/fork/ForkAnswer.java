package rwkvms.live.fork;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Optional;

/**
 * The line of JSON that {@code test-rwkv-ms-fixture} prints, the last of its standard output.
 *
 * @param maxAbsDiff NaN if the line says null
 */
public record ForkAnswer(boolean ok, int compared, boolean sidecar, double maxAbsDiff) {
    private static final ObjectMapper MAPPER = new ObjectMapper()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final int SHOWN = 120;

    /** An answer, or the problem of an output that has none. */
    public record Reading(Optional<ForkAnswer> answer, String problem) {
        private static Reading bad(String problem) {
            return new Reading(Optional.empty(), problem);
        }
    }

    /** Reads standard output. */
    public static Reading read(String out) {
        List<String> lines = out.lines().filter(line -> !line.isBlank()).toList();
        if (lines.isEmpty()) {
            return Reading.bad("expected one line of JSON on standard output, found nothing");
        }
        String line = lines.getLast().strip();
        JsonNode json;
        try {
            json = MAPPER.readTree(line);
        } catch (JsonProcessingException e) {
            json = null;
        }
        if (json == null || !json.isObject()) {
            return Reading.bad("expected one line of JSON on standard output, found: " + shown(line));
        }
        boolean whole = json.path("ok").isBoolean() && json.path("compared").canConvertToInt()
                && json.path("compared").isIntegralNumber() && json.path("sidecar").isBoolean()
                && (json.path("max_abs_diff").isNumber() || json.path("max_abs_diff").isNull());
        if (!whole) {
            return Reading.bad("expected ok (true or false), compared (an integer), sidecar (true or false) and"
                    + " max_abs_diff (a number or null), found: " + shown(line));
        }
        return new Reading(
                Optional.of(new ForkAnswer(json.path("ok").booleanValue(), json.path("compared").intValue(),
                        json.path("sidecar").booleanValue(), json.path("max_abs_diff").asDouble(Double.NaN))),
                "");
    }

    private static String shown(String line) {
        return line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "...";
    }
}
