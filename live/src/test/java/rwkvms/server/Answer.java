package rwkvms.server;

import java.io.IOException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/** What a server answered. */
public record Answer(int status, String body) {
    public JsonNode json() throws IOException {
        return new ObjectMapper().readTree(body);
    }
}
