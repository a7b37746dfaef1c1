package rwkvms.server;

import java.io.IOException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/** What a server answered. */
record Answer(int status, String body) {
    JsonNode json() throws IOException {
        return new ObjectMapper().readTree(body);
    }
}
