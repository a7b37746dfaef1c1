package rwkvms.live.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import rwkvms.file.Sha256;
import rwkvms.live.server.MalformedRequests.Malformed;

/** Hundreds of malformed requests: each gets a 4xx, no file is touched, and the server goes on. */
final class MalformedRequestTests {
    private static final int MIN_REQUESTS = 500;
    private static final int LIMIT_MILLIS = 120_000;
    /** The answer to a request of so many bytes may be lost: the server closes before all are sent, and is then reset. */
    private static final int LARGE = 30_000;

    @Test
    void eachIsTheClientsMistakeAndChangesNothing() throws Exception {
        List<Malformed> requests = MalformedRequests.all();
        assertThat(requests).hasSizeGreaterThanOrEqualTo(MIN_REQUESTS);
        try (TinyServer server = TinyServer.start()) {
            Path slots = server.slots();
            Files.createDirectory(slots.resolve("folder"));
            Files.writeString(slots.resolve("text.bin"), "no slot");
            Files.createFile(slots.resolve("empty.bin"));
            Path outside = Files.writeString(server.folder().resolve("outside.bin"), "outside");
            Files.createSymbolicLink(slots.resolve("link.bin"), outside);
            String prompt = "{\"prompt\":\"alpha beta\",\"n_predict\":4,\"temperature\":0}";
            HttpAnswer before = server.post("/completion", prompt);
            Map<String, String> files = files(server);

            List<String> wrong = new ArrayList<>();
            for (Malformed request : requests) {
                int status = send(server.port(), request.bytes());
                boolean lost = status == 0 && request.bytes().length > LARGE;
                if (!lost && (status < 400 || status >= 500)) {
                    wrong.add(request.name() + ": " + status);
                }
            }

            assertThat(wrong).isEmpty();
            assertThat(files(server)).isEqualTo(files);
            assertThat(server.get("/health").status()).isEqualTo(200);
            assertThat(server.post("/completion", prompt).json().path("tokens"))
                    .isEqualTo(before.json().path("tokens"));
            assertThat(server.log()).doesNotContain("internal error");
            System.out.println("malformed requests refused: " + requests.size());
        }
    }

    /** Contents of every file under the server's folder except its log. */
    private static Map<String, String> files(TinyServer server) throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> found = Files.walk(server.folder())) {
            for (Path file : found.filter(file -> !file.equals(server.logFile())).toList()) {
                files.put(file.toString(), Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                        ? Sha256.of(file)
                        : String.valueOf(Files.isSymbolicLink(file)));
            }
        }
        return files;
    }

    /** The status of the answer; 0 if there is none. */
    private static int send(int port, byte[] request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(LIMIT_MILLIS);
            Thread writing = Thread.ofVirtual().start(() -> write(socket, request));
            String head = new String(socket.getInputStream().readNBytes("HTTP/1.1 400".length()),
                    StandardCharsets.ISO_8859_1);
            writing.interrupt();
            return head.startsWith("HTTP/1.1 ") ? Integer.parseInt(head.substring("HTTP/1.1 ".length()).strip()) : 0;
        } catch (SocketException reset) {
            return 0;
        }
    }

    private static void write(Socket socket, byte[] request) {
        try {
            OutputStream out = socket.getOutputStream();
            out.write(request);
            out.flush();
            socket.shutdownOutput();
        } catch (IOException refused) {
            // the server has answered before all was sent
        }
    }
}
