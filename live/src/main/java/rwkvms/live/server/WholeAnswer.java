package rwkvms.live.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** An answer of one JSON object, after blanks that show whether the client is still there. */
final class WholeAnswer {
    private final ServerResponse response;
    private @Nullable OutputStream out;

    WholeAnswer(ServerResponse response) {
        this.response = response;
    }

    /** Whether something was sent, so that it is too late for a status. */
    boolean started() {
        return out != null;
    }

    /** Sends a blank, which means nothing before JSON. */
    void pulse() {
        OutputStream to = out;
        if (to == null) {
            response.header(HeaderNames.CONTENT_TYPE, Paths.JSON_TYPE);
            to = response.outputStream();
            out = to;
        }
        write(to, " ");
    }

    void send(ObjectNode json) {
        OutputStream to = out;
        if (to == null) {
            response.header(HeaderNames.CONTENT_TYPE, Paths.JSON_TYPE);
            response.send(json.toString().getBytes(StandardCharsets.UTF_8));
            return;
        }
        write(to, json.toString());
        try {
            to.close();
        } catch (IOException | UncheckedIOException gone) {
            throw new HungUpException();
        }
    }

    private static void write(OutputStream to, String text) {
        try {
            to.write(text.getBytes(StandardCharsets.UTF_8));
            to.flush();
        } catch (IOException | UncheckedIOException gone) {
            throw new HungUpException();
        }
    }
}
