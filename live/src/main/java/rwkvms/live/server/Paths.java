package rwkvms.live.server;

import com.fasterxml.jackson.databind.JsonNode;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Registers paths and their methods: HEAD along with GET, OPTIONS for pages of another origin, and a 405 for others.
 * Every error is JSON with its status; a client that hung up gets no answer.
 */
final class Paths {
    static final String JSON_TYPE = "application/json; charset=utf-8";
    private static final HeaderName ORIGIN = HeaderNames.create("Access-Control-Allow-Origin");
    private static final HeaderName METHODS = HeaderNames.create("Access-Control-Allow-Methods");
    private static final HeaderName HEADERS = HeaderNames.create("Access-Control-Allow-Headers");
    private static final HeaderName MAX_AGE = HeaderNames.create("Access-Control-Max-Age");
    private static final HeaderName ASKED_HEADERS = HeaderNames.create("Access-Control-Request-Headers");
    private static final String MAX_AGE_SECONDS = "600";
    /** The default headers; a star would not include Authorization. */
    private static final String USUAL_HEADERS = "Authorization, Content-Type";
    private static final String HEADER_LIST = "[A-Za-z0-9_, -]{1,2000}";
    private static final int SHOWN = 200;

    private final HttpRules rules;
    private final Metrics metrics;
    private final ServerLog log;

    /** Answers a request, or throws the reason why not. */
    interface Action {
        void answer(ServerRequest request, ServerResponse response) throws IOException;
    }

    Paths(HttpRules rules, Metrics metrics, ServerLog log) {
        this.rules = rules;
        this.metrics = metrics;
        this.log = log;
    }

    /** Registers a path for GET and HEAD. */
    void get(String path, Action action) {
        add(path, List.of(Method.GET, Method.HEAD), action);
    }

    void post(String path, Action action) {
        add(path, List.of(Method.POST), action);
    }

    private void add(String path, List<Method> methods, Action action) {
        methods.forEach(method -> rules.route(method, path, handler(action)));
        String allowed = methods.stream().map(Method::text).collect(Collectors.joining(", ")) + ", OPTIONS";
        rules.options(path, handler((request, response) -> preflight(request, response, allowed)));
        rules.any(path, handler((request, response) -> {
            response.header(HeaderNames.ALLOW, allowed);
            throw new RequestException(RequestException.METHOD,
                    "method: expected " + allowed + ", found " + shown(request.prologue().method().text()));
        }));
    }

    /** Registers the answer to unknown paths, after all others. */
    void unknown() {
        rules.any(handler((request, response) -> {
            throw new RequestException(RequestException.NOT_FOUND,
                    "path: expected one of this server, found " + shown(request.path().rawPath()));
        }));
    }

    private static String shown(String text) {
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
    }

    /** Answers a browser that asks whether a page of another origin may send a request. */
    private static void preflight(ServerRequest request, ServerResponse response, String allowed) {
        response.header(HeaderNames.ALLOW, allowed);
        response.header(METHODS, allowed);
        response.header(HEADERS, request.headers().first(ASKED_HEADERS).filter(asked -> asked.matches(HEADER_LIST))
                .orElse(USUAL_HEADERS));
        response.header(MAX_AGE, MAX_AGE_SECONDS);
        response.send();
    }

    private Handler handler(Action action) {
        return (request, response) -> {
            metrics.request();
            response.header(ORIGIN, "*");
            boolean last = request.headers().first(HeaderNames.CONNECTION).filter("close"::equalsIgnoreCase)
                    .isPresent();
            if (last) {
                response.header(HeaderNames.CONNECTION, "close");
            }
            try {
                requireNames(request);
                action.answer(request, response);
            } catch (RequestException e) {
                refuse(request, response, e.status(), String.valueOf(e.getMessage()));
            } catch (HungUpException e) {
                metrics.hangUp();
                log.line(request.path().rawPath() + ": " + e.getMessage());
                throw new CloseConnectionException(String.valueOf(e.getMessage()), e);
            } catch (IOException | RuntimeException e) {
                if (response.isSent()) {
                    throw new CloseConnectionException("the answer could not be sent", e);
                }
                log.line("internal error: " + e);
                refuse(request, response, RequestException.INTERNAL, "the server failed: " + e.getMessage());
            }
            // Helidon announces that it closes the connection, and does not.
            if (last) {
                throw new CloseConnectionException("the client wants no further answer");
            }
        };
    }

    /** Refuses headers without a name, which Helidon lets pass. */
    private static void requireNames(ServerRequest request) {
        if (request.headers().stream().anyMatch(header -> header.name().isBlank())) {
            throw RequestException.bad("header: expected a name before the colon, found none");
        }
    }

    private void refuse(ServerRequest request, ServerResponse response, int status, String problem) {
        metrics.refusal();
        log.line(request.prologue().method() + " " + request.path().rawPath() + ": " + status + " " + problem);
        response.status(status);
        send(request, response, Answers.error(status, problem));
    }

    static void send(ServerRequest request, ServerResponse response, JsonNode json) {
        send(request, response, JSON_TYPE, json.toString());
    }

    /** Sends an answer; for HEAD only its length. */
    static void send(ServerRequest request, ServerResponse response, String type, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        response.header(HeaderNames.CONTENT_TYPE, type);
        if (request.prologue().method().equals(Method.HEAD)) {
            response.header(HeaderNames.CONTENT_LENGTH, String.valueOf(bytes.length));
            response.send();
        } else {
            response.send(bytes);
        }
    }
}
