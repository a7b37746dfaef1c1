package rwkvms.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.function.Function;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

/** A server on this machine that answers as a test says, and remembers its requests. */
final class StubServer implements AutoCloseable {
    static {
        // Read when the first server is made: without it every answer waits for the client's acknowledgement.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private final HttpServer server;
    private final Function<Request, Answer> answers;
    private final List<Request> asked = Collections.synchronizedList(new ArrayList<>());

    private final List<String> hosts = Collections.synchronizedList(new ArrayList<>());
    private final List<String> keys = Collections.synchronizedList(new ArrayList<>());

    /** A request: its method and path, such as {@code GET /v1/models}, and its body. */
    record Request(String line, String body) {
    }

    record Answer(int status, String body) {
        static Answer ok(String body) {
            return new Answer(200, body);
        }

        /** What an assistant says. */
        static Answer saying(String text) {
            return ok("{\"choices\":[{\"message\":{\"content\":\"" + text + "\"},\"finish_reason\":\"stop\"}],"
                    + "\"usage\":{\"completion_tokens\":3}}");
        }
    }

    /** Returns an address without a server: its port was free just now. */
    static String nowhere() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "http://127.0.0.1:" + free.getLocalPort();
        }
    }

    StubServer(Function<Request, Answer> answers) throws IOException {
        this.answers = answers;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::answer);
        server.start();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            Request one = new Request(exchange.getRequestMethod() + " " + exchange.getRequestURI(),
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            asked.add(one);
            hosts.add(exchange.getRequestHeaders().getFirst("Host"));
            keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            Answer answer = answers.apply(one);
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer.status(), body.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        }
    }

    /** Address of the API. */
    String url() {
        return root() + "/v1";
    }

    String root() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    List<Request> asked() {
        return List.copyOf(asked);
    }

    /** The {@code Host} of each request. */
    List<String> hosts() {
        return List.copyOf(hosts);
    }

    /** The {@code Authorization} of each request. */
    List<String> keys() {
        return List.copyOf(keys);
    }

    /** Bodies of the requests of that line. */
    List<String> asked(String line) {
        return asked().stream().filter(one -> one.line().equals(line)).map(Request::body).toList();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
