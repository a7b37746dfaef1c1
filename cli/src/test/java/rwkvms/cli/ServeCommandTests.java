package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.live.server.ServedModel;
import rwkvms.llama.Gemma4Sizes;
import rwkvms.llama.TinyGemma4;

/** {@code gate serve} as its users see it: it tells its address, answers, and stops. */
final class ServeCommandTests {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void servesTheTinyModelUntilItIsStopped() throws Exception {
        RunningServer serving = RunningServer.in(folder);
        try (HttpClient client = HttpClient.newHttpClient()) {
            var models = client.send(HttpRequest.newBuilder(URI.create(serving.url() + "/models")).build(),
                    BodyHandlers.ofString());
            assertThat(models.body()).contains("\"id\":\"tiny-gemma4\"");
        }

        assertThat(Files.readString(serving.addressFile())).isEqualTo(serving.url() + "\n");
        assertThat(serving.stop()).isZero();
        assertThat(Files.readString(serving.log())).contains("RWKV-MS runtime is active", "n_slots = 1")
                .doesNotContain("internal error");
        assertThat(serving.slots()).isEmptyDirectory();
        assertThat(serving.addressFile()).doesNotExist();
    }

    /** A script must not find the address of an earlier server. */
    @Test
    void aSecondStartInTheSamePlace() throws Exception {
        Files.writeString(folder.resolve("url"), "http://127.0.0.1:1/v1\n");
        Files.writeString(folder.resolve("server.log"), "of a server before\n");
        for (int start = 0; start < 2; start++) {
            RunningServer serving = RunningServer.in(folder);
            try (HttpClient client = HttpClient.newHttpClient()) {
                var saved = client.send(HttpRequest
                        .newBuilder(URI.create(serving.url().replaceAll("/v1$", "/slots/0?action=save")))
                        .POST(HttpRequest.BodyPublishers.ofString("{\"filename\":\"a.bin\"}")).build(),
                        BodyHandlers.ofString());
                assertThat(saved.statusCode()).isEqualTo(200);
            }
            assertThat(Files.readString(serving.addressFile())).isEqualTo(serving.url() + "\n");
            assertThat(serving.stop()).isZero();
            assertThat(Files.readString(serving.log())).doesNotContain("of a server before");
            assertThat(filesOf(folder)).containsExactly("server.log", "slots");
        }
    }

    private static List<String> filesOf(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /** A file that has the address of another server by now stays. */
    @Test
    void theAddressOfAnotherServer() throws Exception {
        RunningServer serving = RunningServer.in(folder);
        Files.writeString(serving.addressFile(), "http://127.0.0.1:1/v1\n");
        assertThat(serving.stop()).isZero();
        assertThat(Files.readString(serving.addressFile())).isEqualTo("http://127.0.0.1:1/v1\n");
    }

    /** Checks that there is one line, and that no file, model or thread is left. */
    private void cannotStart(String problem, Object... options) throws IOException {
        List<String> before = filesOf(folder);
        Set<String> threads = threads();
        Set<String> models = models();
        GateRun run = GateRun.of(GateRun.with(new Object[]{"serve", "--for", 1}, options));

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors()).containsExactly("gate: " + problem);
        assertThat(run.out()).isEmpty();
        assertThat(filesOf(folder)).isEqualTo(before);
        assertThat(models()).isEqualTo(models);
        assertThat(threads()).isSubsetOf(threads);
    }

    private static Set<String> models() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.map(Path::toString).filter(name -> name.contains("gate-serve")).collect(Collectors.toSet());
        }
    }

    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream().filter(thread -> !thread.isDaemon()).map(Thread::getName)
                .collect(Collectors.toSet());
    }

    @Test
    void aPortThatIsTaken() throws Exception {
        Path slots = folder.resolve("slots");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            cannotStart("127.0.0.1:" + taken.getLocalPort() + ": cannot listen: Address already in use", "--port",
                    taken.getLocalPort(), "--url-file", folder.resolve("url"), "--server-log", folder.resolve("log"),
                    "--slot-save-path", slots);
        }
        cannotStart("no.such.host.invalid:0: cannot listen: expected an address, found an unknown name", "--port", 0,
                "--host", "no.such.host.invalid");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--url-file", "--server-log"})
    void aFileThatCannotBeWritten(String option) throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        Path inside = Files.createDirectory(folder.resolve("folder"));
        cannotStart(folder.resolve("none/a") + ": cannot be written: its folder is not there", "--port", 0, option,
                folder.resolve("none/a"));
        cannotStart(file.resolve("a") + ": cannot be written: Not a directory", "--port", 0, option, file.resolve("a"));
        cannotStart(inside + (option.equals("--url-file")
                ? ": expected a file or none yet, found something else of that name"
                : ": cannot be written: Is a directory"), "--port", 0, option, inside);
    }

    /** Opening a pipe that nobody reads would keep the server from starting and from being stopped. */
    @ParameterizedTest
    @ValueSource(strings = {"--url-file", "--server-log"})
    void aPipe(String option) throws Exception {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        assertTimeoutPreemptively(Duration.ofSeconds(20),
                () -> cannotStart(pipe + ": expected a file or none yet, found something else of that name", "--port",
                        0, option, pipe));
    }

    @ParameterizedTest
    @ValueSource(strings = {"of the user", "http://127.0.0.1:1/v1\nand more", "http://a b", "# http://a"})
    void aFileThatTellsNoAddressIsNotTaken(String text) throws Exception {
        Path file = Files.writeString(folder.resolve("precious.txt"), text);
        cannotStart(file + ": expected the address of an earlier server, an empty file or none, found other text",
                "--port", 0, "--url-file", file);
        assertThat(file).hasContent(text);
    }

    @Test
    void oneFileForTheAddressAndTheLog() throws Exception {
        Path file = folder.resolve("both");
        for (Path same : List.of(file, folder.resolve("./both"),
                Files.createSymbolicLink(folder.resolve("link"), Files.createFile(file)))) {
            GateRun run = GateRun.of("serve", "--port", 0, "--for", 1, "--url-file", file, "--server-log", same);
            assertThat(run.code()).isEqualTo(64);
            assertThat(run.errors()).first()
                    .isEqualTo("gate: --url-file and --server-log: expected two files, found one");
        }
    }

    @Test
    void aSlotFolderThatIsAFile() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        cannotStart(file + ": cannot be read or written: FileAlreadyExistsException", "--port", 0, "--slot-save-path",
                file, "--server-log", folder.resolve("log"));
    }

    /** A device that takes nothing. */
    @Test
    void aLogThatTakesNothing() throws Exception {
        cannotStart("/dev/full: cannot be written: the lines of the start were not taken", "--port", 0, "--server-log",
                "/dev/full");
    }

    @Test
    void servesFilesOfTheUsersOwnForAWhile() throws Exception {
        ServedModel.tiny(folder).close();
        Path base = folder.resolve("tiny-gemma4.gguf");
        Path sidecar = folder.resolve("tiny-sidecar.gguf");
        GateRun run = GateRun.of("serve", "--model", base, "--sidecar", sidecar, "--alias", "mine", "--host", "0.0.0.0",
                "--port", 0, "--url-file", folder.resolve("url"), "--for", 1);

        assertThat(run.code()).isZero();
        assertThat(run.out()).matches("serving mine on http://0\\.0\\.0\\.0:\\d+/v1\\R");
        assertThat(run.errors()).contains("gate: 0.0.0.0: anybody who reaches it may use the server")
                .anyMatch(line -> line.contains("RWKV-MS runtime is active"));
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1, http://127.0.0.1:8080/v1", "localhost, http://localhost:8080/v1",
            "::1, http://[::1]:8080/v1"})
    void theAddressIsOneThatAClientTakes(String host, String url) {
        assertThat(ServeCommand.url(host, 8080)).isEqualTo(url);
    }

    @Test
    void aSidecarOfAnotherBaseIsRefused() throws Exception {
        ServedModel.tiny(folder).close();
        Path other = folder.resolve("other.gguf");
        TinyGemma4.writeSpeaking(other, Gemma4Sizes.speaking(), 5);
        GateRun run = GateRun.of("serve", "--model", other, "--sidecar", folder.resolve("tiny-sidecar.gguf"), "--port",
                0, "--for", 1);

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors()).singleElement().asString().contains("RWKV_MS_E_BASE_SHA256_DIFFERS");
    }
}
