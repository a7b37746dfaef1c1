package rwkvms.report;

import java.util.List;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A {@link Verdict} as the JSON object of docs/verdict.schema.json, on one line. A number that JSON does
 * not have, such as the difference from NaN, is a string: {@code "Infinity"}, {@code "NaN"}.
 */
public final class VerdictJson {
    /** The version of the schema, which changes if a key goes or changes its meaning. */
    public static final int VERSION = 1;

    /** A state payload has a {@code version} of its own. */
    private static final String VERSION_KEY = "verdict_version";

    private VerdictJson() {
    }

    /**
     * Returns the object.
     *
     * @param whole whether it has everything, as in a report, or only what fits on a terminal
     */
    public static ObjectNode of(Verdict verdict, boolean whole) {
        ObjectNode json = start(verdict.problems());
        verdict.details().write(json, whole);
        ObjectNode from = json.putObject("provenance");
        verdict.provenance().entries().forEach(from::put);
        if (!verdict.reproduce().isEmpty()) {
            json.put("reproduce", verdict.reproduce());
        }
        return json.put("suite", verdict.suite()).put(VERSION_KEY, VERSION);
    }

    /** Returns the object of a command that could not go on. */
    public static ObjectNode ofFailure(String message) {
        return start(List.of(message)).put(VERSION_KEY, VERSION);
    }

    private static ObjectNode start(List<String> problems) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("ok", problems.isEmpty());
        problems.forEach(json.putArray("errors")::add);
        return json;
    }
}
