package rwkvms.health;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/**
 * What a server answered.
 *
 * @param request what was asked, for messages
 */
record Reply(String request, int status, String body) {
    /** Answers nest a few deep. */
    private static final int DEEPEST = 64;
    private static final int SHOWN = 200;
    private static final int OK = 200;
    private static final int OK_END = 300;
    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build()).build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /** The JSON object of a request that succeeded. */
    JsonNode json() {
        if (status < OK || status >= OK_END) {
            throw new ProbeException(request + ": expected HTTP 2xx, found " + status + ": " + shown(body));
        }
        return parsed(body);
    }

    private JsonNode parsed(String text) {
        try {
            JsonNode json = JSON.readTree(text);
            if (json != null && json.isObject()) {
                return json;
            }
        } catch (JsonProcessingException notJson) {
            // told below
        }
        throw new ProbeException(request + ": expected a JSON object, found " + shown(text));
    }

    /** A field, by its place from the top. */
    JsonNode field(String name) {
        JsonNode found = json().get(name);
        if (found == null || found.isNull()) {
            throw new ProbeException(request + ": expected a field " + name + ", found none in " + shown(body));
        }
        return found;
    }

    /** A field that is a whole number. */
    long whole(String name) {
        JsonNode found = field(name);
        if (!found.isIntegralNumber()) {
            throw new ProbeException(request + ": " + name + ": expected a whole number, found "
                    + shown(found.toString()));
        }
        return found.asLong();
    }

    /** What the assistant said in a chat; its reasoning where it said nothing else. */
    String said() {
        JsonNode message = json().path("choices").path(0).path("message");
        String content = message.path("content").asText("");
        return content.isBlank() ? message.path("reasoning_content").asText("") : content;
    }

    /** The same of a stream of events. */
    String streamed() {
        if (status != OK) {
            throw new ProbeException(request + ": expected HTTP 200, found " + status + ": " + shown(body));
        }
        StringBuilder said = new StringBuilder();
        boolean done = false;
        for (String line : body.lines().toList()) {
            if (line.equals("data: [DONE]")) {
                done = true;
            } else if (line.startsWith("data: ")) {
                said.append(parsed(line.substring("data: ".length())).path("choices").path(0).path("delta")
                        .path("content").asText(""));
            }
        }
        if (!done) {
            throw new ProbeException(request + ": expected a stream that ends with [DONE], found " + shown(body));
        }
        return said.toString();
    }

    /** One line of at most a few hundred characters, without control characters. */
    static String shown(String text) {
        String line = text.replaceAll("\\p{Cntrl}+", " ").strip();
        return line.isEmpty() ? "nothing" : line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "...";
    }
}
