package rwkvms.live.server;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpException;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;

/** Reads the body of a request: UTF-8, one JSON value, of bounded size and depth, without duplicate keys. */
final class Bodies {
    /** The maximum size of a body; the text of a whole context is far smaller. */
    static final int MAX_BYTES = 4 << 20;
    /** The deepest nesting that is parsed; requests nest four levels deep. */
    private static final int MAX_DEPTH = 32;
    private static final int MAX_NUMBER_LENGTH = 64;
    /** The types that are read as JSON: its own, and those that curl -d and a browser's fetch send by default. */
    private static final Set<String> TYPES = Set.of("application/json", "application/x-www-form-urlencoded",
            "text/plain");
    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_NUMBER_LENGTH).maxStringLength(MAX_BYTES).build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private Bodies() {
    }

    static Fields read(ServerRequest request) {
        requireJson(request);
        return new Fields(parse(text(bytes(request))));
    }

    private static void requireJson(ServerRequest request) {
        String type = request.headers().first(HeaderNames.CONTENT_TYPE).orElse("application/json")
                .toLowerCase(Locale.ROOT).replace(" ", "").replace("\"", "");
        if (!TYPES.contains(type.replaceFirst(";charset=utf-8$", ""))) {
            throw new RequestException(RequestException.MEDIA_TYPE,
                    "Content-Type: expected application/json in UTF-8, found another");
        }
        if (request.headers().first(HeaderNames.CONTENT_ENCODING).isPresent()) {
            throw new RequestException(RequestException.MEDIA_TYPE,
                    "Content-Encoding: expected none, found one");
        }
    }

    private static byte[] bytes(ServerRequest request) {
        if (!request.content().hasEntity()) {
            return new byte[0];
        }
        byte[] bytes = received(request);
        if (bytes.length > MAX_BYTES) {
            throw tooLarge();
        }
        return bytes;
    }

    /** Reads the bytes. Any failure is the client's mistake, whatever Helidon throws. */
    private static byte[] received(ServerRequest request) {
        try (InputStream in = request.content().inputStream()) {
            return in.readNBytes(MAX_BYTES + 1);
        } catch (HttpException e) {
            throw e.status().code() == RequestException.TOO_LARGE ? tooLarge() : unreadable(e);
        } catch (IOException | RuntimeException e) {
            throw unreadable(e);
        }
    }

    private static RequestException tooLarge() {
        return new RequestException(RequestException.TOO_LARGE,
                "body: expected at most " + MAX_BYTES + " bytes, found more");
    }

    private static RequestException unreadable(Exception e) {
        return RequestException.bad("body: expected one that can be read to its end, found " + e.getMessage());
    }

    private static String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw RequestException.bad("body: expected UTF-8, found other bytes");
        }
    }

    private static JsonNode parse(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw RequestException.bad("body: expected JSON, found " + e.getOriginalMessage());
        }
    }
}
