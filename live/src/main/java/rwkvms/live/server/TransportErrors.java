package rwkvms.live.server;

import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Answers in JSON, and logs, what Helidon refuses before it looks at a path. What Helidon takes for an error of the
 * server is the client's too, because the paths answer their own errors.
 */
final class TransportErrors implements DirectHandler {
    private final ServerLog log;

    TransportErrors(ServerLog log) {
        this.log = log;
    }

    @Override
    public TransportResponse handle(TransportRequest request, EventType type, Status status,
            ServerResponseHeaders headers, @Nullable Throwable cause) {
        log.line("HTTP: " + status.code() + " " + cause);
        return handle(request, type, status, headers, "");
    }

    @Override
    public TransportResponse handle(TransportRequest request, EventType type, Status status,
            ServerResponseHeaders headers, String message) {
        Status answer = status.code() >= RequestException.INTERNAL ? Status.BAD_REQUEST_400 : status;
        String problem = "request: expected HTTP/1.1 or 1.0 within the limits of this server, found another: "
                + answer.reasonPhrase();
        return TransportResponse.builder().status(answer).headers(headers).keepAlive(false)
                .header(HeaderNames.CONTENT_TYPE, Paths.JSON_TYPE)
                .entity(Answers.error(answer.code(), problem).toString().getBytes(StandardCharsets.UTF_8)).build();
    }
}
