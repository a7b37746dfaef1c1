package rwkvms.health;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * Sends requests to a server that may stall, lie or send without end: each has its time, from connecting to the last byte,
 * and its most bytes. From any thread.
 */
public final class Probe implements AutoCloseable {
    /** Most bytes of an answer: a context of text with its wrapping is far smaller. */
    private static final long MOST_BYTES = 16L << 20;
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final double MILLIS = 1000;

    private final String base;
    private final String root;
    private final Duration timeout;
    private final Deadline deadline;
    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER).connectTimeout(CONNECT).build();

    /**
     * @param baseUrl of the API, such as {@code http://127.0.0.1:8080/v1}
     * @param timeout of one request
     * @param limit   of all
     */
    public Probe(URI baseUrl, Duration timeout, Duration limit) {
        this.base = baseUrl.toString().replaceAll("/+$", "");
        this.root = base.replaceAll("/v1$", "");
        this.timeout = timeout;
        this.deadline = new Deadline(limit);
    }

    /** Address of the API, without a slash at its end. */
    public String base() {
        return base;
    }

    /** Address of the server: that of the API without {@code /v1}. */
    public String root() {
        return root;
    }

    static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.1f s", time.toMillis() / MILLIS);
    }

    /** A path of the server itself. */
    Reply getRoot(String path) {
        return send("GET " + path, HttpRequest.newBuilder(URI.create(root + path)));
    }

    /** A path of the API. */
    Reply get(String path) {
        return send("GET " + path, HttpRequest.newBuilder(URI.create(base + path)));
    }

    Reply postRoot(String path, JsonNode body) {
        return send("POST " + path, posting(root + path, body));
    }

    Reply post(String path, JsonNode body) {
        return send("POST " + path, posting(base + path, body));
    }

    private static HttpRequest.Builder posting(String address, JsonNode body) {
        return HttpRequest.newBuilder(URI.create(address)).header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body.toString()));
    }

    private Reply send(String what, HttpRequest.Builder request) {
        Duration time = deadline.left(timeout);
        CompletableFuture<HttpResponse<byte[]>> answer = start(request);
        try {
            HttpResponse<byte[]> response = answer.get(time.toNanos(), TimeUnit.NANOSECONDS);
            return new Reply(what, response.statusCode(), new String(response.body(), StandardCharsets.UTF_8));
        } catch (TimeoutException e) {
            throw new ProbeException(what + ": expected an answer within " + seconds(time) + ", found none");
        } catch (ExecutionException e) {
            throw new ProbeException(what + ": expected an answer, found " + reason(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ProbeException(what + ": interrupted");
        } finally {
            answer.cancel(true);
        }
    }

    private CompletableFuture<HttpResponse<byte[]>> start(HttpRequest.Builder request) {
        return client.sendAsync(request.build(), BodyHandlers.limiting(BodyHandlers.ofByteArray(), MOST_BYTES));
    }

    /** What the client says, by its kind where it is no error of input or output. */
    private static String reason(ExecutionException failure) {
        Throwable cause = Objects.requireNonNullElse(failure.getCause(), failure);
        String message = cause.getMessage();
        return cause instanceof IOException && message != null ? Reply.shown(message) : Reply.shown(cause.toString());
    }

    /** Sends a request and hangs up after a while, whether an answer is there or not. */
    void hangUp(String path, JsonNode body, Duration after) {
        Duration time = deadline.left(after);
        CompletableFuture<HttpResponse<byte[]>> answer = start(posting(root + path, body));
        try {
            answer.get(time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            // that is what it is for
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            answer.cancel(true);
        }
    }

    /** Waits for nothing that is still on its way. */
    @Override
    public void close() {
        client.shutdownNow();
    }
}
