package rwkvms.live.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;

/** What a server answered. */
public record HttpAnswer(int status, String body) {
    public JsonNode json() throws IOException {
        return new ObjectMapper().readTree(body);
    }
}
