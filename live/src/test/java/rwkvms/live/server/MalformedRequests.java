package rwkvms.live.server;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Requests that a server must refuse as the client's mistake, byte for byte. */
final class MalformedRequests {
    private static final List<String> BODY_PATHS = List.of("/completion", "/v1/chat/completions",
            "/slots/0?action=restore", "/slots/0?action=save");
    private static final String MESSAGES = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";
    private static final int DEEP = 20_000;
    private static final int TOO_LARGE = Bodies.MAX_BYTES + 1;

    private final List<Malformed> all = new ArrayList<>();

    /** One request. */
    record Malformed(String name, byte[] bytes) {
    }

    private MalformedRequests() {
    }

    static List<Malformed> all() {
        MalformedRequests requests = new MalformedRequests();
        requests.bodies();
        requests.fields();
        requests.names();
        requests.paths();
        requests.heads();
        return requests.all;
    }

    private void add(String name, String request) {
        all.add(new Malformed(name, request.getBytes(StandardCharsets.ISO_8859_1)));
    }

    private void post(String path, String name, String body) {
        post(path, name, body.getBytes(StandardCharsets.UTF_8), "application/json", "");
    }

    private void post(String path, String name, byte[] body, String type, String moreHeaders) {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(("POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Type: " + type + "\r\nContent-Length: "
                + body.length + "\r\n" + moreHeaders + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        request.writeBytes(body);
        all.add(new Malformed("POST " + path + ": " + name, request.toByteArray()));
    }

    /** Bodies that are wrong for every path. */
    private void bodies() {
        List<String> broken = List.of("", " ", "{", "}", "[", "]", "{]", "[}", "{\"prompt\"", "{\"prompt\":", "{,}",
                "{\"prompt\":\"a\",}", "{'prompt':'a'}", "{prompt:\"a\"}", "{\"prompt\":\"a\"} {}",
                "{\"prompt\":\"a\"}x", "null", "true", "1", "\"text\"", "[]", "[{}]", "{}", "nul", "NaN", "{\"a\":NaN}",
                "{\"a\":Infinity}", "{\"a\":+1}", "{\"a\":01}", "{\"a\":.5}", "{\"a\":1.}", "{\"a\":0x10}",
                "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"\n\"}", "{\"a\":\"\u0000\"}", "// comment\n{}",
                "{\"prompt\":\"a\",\"prompt\":\"b\"}", "{\"filename\":\"a\",\"filename\":\"b\"}",
                "{\"a\":" + "9".repeat(100) + "}", "{\"a\":1e" + "9".repeat(100) + "}", "[".repeat(DEEP),
                "{\"a\":".repeat(DEEP), "[".repeat(DEEP) + "]".repeat(DEEP),
                "{\"a\":" + "[".repeat(40) + "]".repeat(40) + "}", "\uFEFF{\"prompt\":", "<xml/>", "prompt=a&n=1");
        for (String path : BODY_PATHS) {
            for (int i = 0; i < broken.size(); i++) {
                post(path, "broken body " + i, broken.get(i));
            }
            encodings(path);
        }
    }

    private void encodings(String path) {
        String body = "{\"prompt\":\"a\",\"filename\":\"a\"," + MESSAGES + ",\"n_predict\":0}";
        byte[] plain = body.getBytes(StandardCharsets.UTF_8);
        for (String charset : List.of("UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE")) {
            post(path, charset, body.getBytes(Charset.forName(charset)), "application/json", "");
        }
        for (int[] bad : new int[][]{{0xFF}, {0xC0, 0x80}, {0xE2, 0x82}, {0xED, 0xA0, 0x80}, {0xF8, 0x88}, {0x80}}) {
            byte[] text = new byte[bad.length];
            for (int i = 0; i < bad.length; i++) {
                text[i] = (byte) bad[i];
            }
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.writeBytes("{\"prompt\":\"".getBytes(StandardCharsets.UTF_8));
            bytes.writeBytes(text);
            bytes.writeBytes("\"}".getBytes(StandardCharsets.UTF_8));
            post(path, "bytes that are no UTF-8, " + bad[0], bytes.toByteArray(), "application/json", "");
        }
        for (String type : List.of("text/html", "application/xml", "multipart/form-data; boundary=a",
                "text/plain; charset=utf-16", "application/json; charset=utf-16", "application/jsonp", "a")) {
            post(path, type, plain, type, "");
        }
        for (String encoding : List.of("gzip", "br", "bomb")) {
            post(path, encoding, plain, "application/json", "Content-Encoding: " + encoding + "\r\n");
        }
    }

    /** Fields of another type or out of their range. */
    private void fields() {
        List<String> numbers = List.of("\"1\"", "[]", "{}", "true", "-2", "1e300", "[1]");
        for (String field : List.of("temperature", "top_p", "repeat_penalty")) {
            for (String value : numbers) {
                field(field, value);
            }
        }
        for (String field : List.of("n_predict", "max_tokens", "seed")) {
            for (String value : List.of("\"1\"", "[]", "{}", "true", "1.5", "1e300", "99999999999999999999")) {
                field(field, value);
            }
        }
        field("n_predict", "-2");
        for (String value : List.of("\"1\"", "[]", "{}", "true", "1.5", "99999999999999999999")) {
            field("top_k", value);
        }
        for (String value : List.of("\"yes\"", "1", "[]", "{}")) {
            field("stream", value);
            field("cache_prompt", value);
        }
        for (String value : List.of("1", "true", "{\"a\":1}", "[1]", "[[]]", "[\"a\",null]",
                "[" + "\"a\",".repeat(64) + "\"a\"]")) {
            field("stop", value);
        }
        for (String value : List.of("2", "0", "\"1\"")) {
            field("n", value);
        }
        for (String value : List.of("1", "-2", "\"0\"")) {
            field("id_slot", value);
        }
        field("grammar", "\"root ::= a\"");
        field("tools", "[{\"type\":\"function\"}]");
        field("response_format", "{\"type\":\"json_object\"}");
        field("logprobs", "true");
        for (String prompt : List.of("1", "true", "{}", "[]", "[\"a\"]", "[1.5]", "[-1]", "[1,2,99999999]", "[[1]]",
                "[9999999999]", "null", "\"" + "a ".repeat(3000) + "\"")) {
            post("/completion", "prompt " + shortened(prompt), "{\"prompt\":" + prompt + ",\"n_predict\":1}");
        }
        for (String messages : List.of("1", "\"Hi\"", "{}", "[]", "[1]", "[[]]", "[{}]", "[{\"role\":\"user\"}]",
                "[{\"content\":\"Hi\"}]", "[{\"role\":\"robot\",\"content\":\"Hi\"}]",
                "[{\"role\":1,\"content\":\"Hi\"}]", "[{\"role\":\"user\",\"content\":1}]",
                "[{\"role\":\"user\",\"content\":{}}]", "[{\"role\":\"user\",\"content\":[1]}]",
                "[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]",
                "[{\"role\":\"user\",\"content\":[{\"type\":\"text\"}]}]", "[null]", "null",
                "[{\"role\":\"user\",\"content\":\"" + "a ".repeat(3000) + "\"}]")) {
            post("/v1/chat/completions", "messages " + shortened(messages), "{\"messages\":" + messages + "}");
        }
    }

    private void field(String name, String value) {
        post("/completion", name + " " + shortened(value), "{\"prompt\":\"a\",\"" + name + "\":" + value + "}");
        post("/v1/chat/completions", name + " " + shortened(value),
                "{" + MESSAGES + ",\"" + name + "\":" + value + "}");
    }

    private static String shortened(String text) {
        return text.length() < 40 ? text : text.substring(0, 40) + "...";
    }

    /** Names that no file of the slot folder can have. */
    private void names() {
        List<String> names = List.of("\"\"", "\".\"", "\"..\"", "\"../outside.bin\"", "\"../../outside.bin\"",
                "\"/outside.bin\"", "\"/tmp/outside.bin\"", "\"a/outside.bin\"", "\"a/../../outside.bin\"",
                "\"./outside.bin\"", "\"..\\\\outside.bin\"", "\"C:\\\\outside.bin\"", "\"C:outside.bin\"",
                "\"\\\\\\\\server\\\\outside.bin\"", "\"outside.bin\\u0000\"", "\"outside\\u0000.bin\"",
                "\"\\u0000\"", "\".hidden\"", "\"~/outside.bin\"", "\"$HOME/outside.bin\"", "\"%2e%2e%2foutside.bin\"",
                "\"..%2foutside.bin\"", "\"outside.bin\\n\"", "\" outside.bin\"", "\"outside.bin \"",
                "\"outside.bin/\"", "\"a:b\"", "\"a|b\"", "\"a*\"", "\"\\u2025/outside.bin\"",
                "\"\\uFF0E\\uFF0E\\uFF0Foutside.bin\"", "\"\u00e9.bin\"", "\"\\uD83D\\uDE00\"", "\"\\uD800\"",
                "\"" + "n".repeat(129) + "\"", "\"" + "n".repeat(5000) + "\"", "\"" + "../".repeat(1000) + "etc\"",
                "\"file:///outside.bin\"", "1", "true", "null", "[]", "{}", "[\"a.bin\"]", "{\"name\":\"a.bin\"}");
        for (String action : List.of("save", "restore")) {
            for (String name : names) {
                post("/slots/0?action=" + action, "filename " + shortened(name), "{\"filename\":" + name + "}");
            }
        }
        post("/slots/0?action=restore", "no such file", "{\"filename\":\"none.bin\"}");
        post("/slots/0?action=restore", "a folder", "{\"filename\":\"folder\"}");
        post("/slots/0?action=save", "a folder", "{\"filename\":\"folder\"}");
        post("/slots/0?action=restore", "a link to a file outside", "{\"filename\":\"link.bin\"}");
        post("/slots/0?action=save", "a link to a file outside", "{\"filename\":\"link.bin\"}");
        post("/slots/0?action=restore", "a file that is no slot", "{\"filename\":\"text.bin\"}");
        post("/slots/0?action=restore", "an empty file", "{\"filename\":\"empty.bin\"}");
    }

    private void paths() {
        for (String path : List.of("/slots/1?action=save", "/slots/-1?action=save", "/slots/00?action=save",
                "/slots/a?action=save", "/slots/?action=save", "/slots?action=save", "/slots/0", "/slots/0?action=",
                "/slots/0?action=drop", "/slots/0?action=SAVE", "/slots/0/x?action=save", "/slots/0?action=save%00",
                "/slots/%30%00?action=save", "/nothing", "/v1", "/v1/", "/completion/x", "/v2/chat/completions",
                "/health/../completion/..", "//", "/..%2f..%2fetc%2fpasswd", "/v1/models/x", "/metrics/x")) {
            post(path, "path", "{\"filename\":\"a.bin\",\"prompt\":\"a\"}");
        }
        for (String method : List.of("PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "NONE")) {
            for (String path : List.of("/health", "/completion", "/slots/0?action=save", "/v1/models")) {
                add(method + " " + path, method + " " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
            }
        }
        for (String path : List.of("/completion", "/v1/chat/completions", "/slots/0?action=save", "/", "/etc/passwd",
                "/../../etc/passwd", "/%2e%2e/etc/passwd", "/favicon.ico")) {
            add("GET " + path, "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
        }
    }

    private void heads() {
        String host = "Host: a\r\n";
        String post = "POST /completion HTTP/1.1\r\n" + host + "Content-Type: application/json\r\n";
        add("a target that is too long", "GET /" + "a".repeat(10_000) + " HTTP/1.1\r\n" + host + "\r\n");
        add("a header that is too long",
                "GET /health HTTP/1.1\r\n" + host + "X: " + "a".repeat(40_000) + "\r\n\r\n");
        add("too many headers", "GET /health HTTP/1.1\r\n" + host + "X: a\r\n".repeat(10_000) + "\r\n");
        add("a header without a colon", "GET /health HTTP/1.1\r\n" + host + "nonsense\r\n\r\n");
        add("a header without a name", "GET /health HTTP/1.1\r\n" + host + ": a\r\n\r\n");
        add("a header with a blank in its name", "GET /health HTTP/1.1\r\n" + host + "X Y: a\r\n\r\n");
        add("a header with a NUL", "GET /health HTTP/1.1\r\n" + host + "X: a\0b\r\n\r\n");
        add("no host", "GET /health HTTP/1.1\r\n\r\n");
        add("no version", "GET /health\r\n" + host + "\r\n");
        add("another version", "GET /health HTTP/9.9\r\n" + host + "\r\n");
        add("no method", " /health HTTP/1.1\r\n" + host + "\r\n");
        add("a method of other characters", "G@T /health HTTP/1.1\r\n" + host + "\r\n");
        add("a target with a blank", "GET /hea lth HTTP/1.1\r\n" + host + "\r\n");
        add("a target of other characters", "GET /<health> HTTP/1.1\r\n" + host + "\r\n");
        add("a target with a wrong escape", "GET /%zz HTTP/1.1\r\n" + host + "\r\n");
        add("a length that is no number", post + "Content-Length: many\r\n\r\n{}");
        add("a negative length", post + "Content-Length: -1\r\n\r\n{}");
        add("a length that is too large", post + "Content-Length: 99999999999\r\n\r\n{}");
        add("a length out of range", post + "Content-Length: 99999999999999999999\r\n\r\n{}");
        add("a body that is too large",
                post + "Content-Length: " + TOO_LARGE + "\r\n\r\n" + "x".repeat(TOO_LARGE));
        add("a chunk that is too large", post + "Transfer-Encoding: chunked\r\n\r\n"
                + Integer.toHexString(TOO_LARGE) + "\r\n" + "x".repeat(TOO_LARGE) + "\r\n0\r\n\r\n");
        add("a chunk whose size is no number", post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n");
        add("chunks of no JSON", post + "Transfer-Encoding: chunked\r\n\r\n2\r\n{]\r\n0\r\n\r\n");
        add("no body", post + "\r\n");
    }
}
