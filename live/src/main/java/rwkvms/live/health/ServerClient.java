package rwkvms.live.health;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Sends requests to a server that may stall, lie or send without end: each request has a time limit, from connecting to
 * the last byte, and a size limit. Any thread may use it.
 */
public final class ServerClient implements AutoCloseable {
    /** The maximum size of an answer; the text of a whole context is far smaller. */
    private static final long MAX_BYTES = 16L << 20;
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final double MILLIS = 1000;
    private static final int REDIRECTED = 300;

    static {
        // The client reads this property once. It lets us send a Host header other than the address.
        String allowed = "jdk.httpclient.allowRestrictedHeaders";
        String others = System.getProperty(allowed, "");
        System.setProperty(allowed, others.isEmpty() ? "host" : others + ",host");
    }

    private final ServerAddress address;
    private final Optional<ApiKey> key;
    private final ServerAddress.Names names;
    private final Duration timeout;
    private final Deadline deadline;
    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER).connectTimeout(CONNECT).build();

    /**
     * @param baseUrl of the API, such as {@code http://127.0.0.1:8080/v1}
     * @param key     that the server asks for
     * @param timeout of one request
     * @param limit   of all
     */
    public ServerClient(URI baseUrl, Optional<ApiKey> key, Duration timeout, Duration limit) {
        this(ServerAddress.of(baseUrl), key, timeout, limit, InetAddress::getByName);
    }

    /** @param names tells the number of a host with an underscore in its name */
    ServerClient(ServerAddress address, Optional<ApiKey> key, Duration timeout, Duration limit,
            ServerAddress.Names names) {
        this.address = address;
        this.key = key;
        this.names = names;
        this.timeout = timeout;
        this.deadline = new Deadline(limit);
    }

    /** Address of the API, without a slash at its end. */
    public String base() {
        return address.base();
    }

    /** Address of the server: that of the API without {@code /v1}. */
    public String root() {
        return address.root();
    }

    static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.1f s", time.toMillis() / MILLIS);
    }

    /** Asks for a path of the server. */
    Reply getRoot(String path) {
        return send("GET " + path, request("GET " + path, root() + path));
    }

    /** Asks for a path of the API. */
    Reply get(String path) {
        return send("GET " + path, request("GET " + path, base() + path));
    }

    Reply postRoot(String path, JsonNode body) {
        return send("POST " + path, posting(path, root() + path, body));
    }

    Reply post(String path, JsonNode body) {
        return send("POST " + path, posting(path, base() + path, body));
    }

    private HttpRequest.Builder posting(String path, String url, JsonNode body) {
        return request("POST " + path, url).header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body.toString()));
    }

    private HttpRequest.Builder request(String what, String url) {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(address.asked(url, names));
            address.hostHeader().ifPresent(host -> request.setHeader("Host", host));
            key.ifPresent(secret -> request.setHeader("Authorization", secret.header()));
            return request;
        } catch (IOException e) {
            throw new ServerException(what + ": expected an answer, found " + Reply.shown(e.toString()));
        }
    }

    private Reply send(String what, HttpRequest.Builder request) {
        Duration time = deadline.left(timeout);
        AtomicBoolean begun = new AtomicBoolean();
        CompletableFuture<HttpResponse<byte[]>> answer = start(request, begun);
        try {
            HttpResponse<byte[]> response = answer.get(time.toNanos(), TimeUnit.NANOSECONDS);
            return reply(what, response.statusCode(), new String(response.body(), StandardCharsets.UTF_8));
        } catch (TimeoutException e) {
            throw new ServerException(what + ": expected an answer within " + seconds(time) + ", found "
                    + (begun.get() ? "one that had not ended" : "none"));
        } catch (ExecutionException e) {
            throw new ServerException(what + ": expected an answer, found " + hidden(reason(e)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ServerException(what + ": interrupted");
        } finally {
            answer.cancel(true);
        }
    }

    /** The reply without the key: a server may repeat it, above all if it refuses it. */
    private Reply reply(String what, int status, String body) {
        return new Reply(what, status, status < REDIRECTED
                ? key.map(secret -> secret.hiddenInAnswer(body)).orElse(body)
                : hidden(body));
    }

    private String hidden(String text) {
        return key.map(secret -> secret.hiddenIn(text)).orElse(text);
    }

    private CompletableFuture<HttpResponse<byte[]>> start(HttpRequest.Builder request, AtomicBoolean begun) {
        BodyHandler<byte[]> whole = head -> {
            begun.set(true);
            return BodySubscribers.ofByteArray();
        };
        return client.sendAsync(request.build(), BodyHandlers.limiting(whole, MAX_BYTES));
    }

    /** The reason of a failure; its class too unless it is an input or output error. */
    private static String reason(ExecutionException failure) {
        Throwable cause = Objects.requireNonNullElse(failure.getCause(), failure);
        String message = cause.getMessage();
        return cause instanceof IOException && message != null ? Reply.shown(message) : Reply.shown(cause.toString());
    }

    /** Sends a request and hangs up after a while, whether it was answered or not. */
    void hangUp(String path, JsonNode body, Duration after) {
        Duration time = deadline.left(after);
        CompletableFuture<HttpResponse<byte[]>> answer = start(posting(path, root() + path, body),
                new AtomicBoolean());
        try {
            answer.get(time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            // hanging up is what this is for
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            answer.cancel(true);
        }
    }

    /** Does not wait for answers that are still on their way. */
    @Override
    public void close() {
        client.shutdownNow();
    }
}
