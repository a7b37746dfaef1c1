package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.child.Child;
import rwkvms.nativeruntime.NativeFiles;

/** The whole process with its exit codes. */
final class GateProcessTests {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void withoutTheGoldenCasesTheCheckCannotJudge() throws Exception {
        GateRun run = java(folder, List.of(), "check");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors()).containsExactly("gate: " + folder.resolve("golden/data")
                + ": expected the committed golden cases, found no such folder; run ./gate in a checkout, or name a"
                + " fixture with --fixture");
    }

    @Test
    void withoutItsLibraryTheNativeRuntimeCannotJudge() throws Exception {
        GateRun run = java(folder,
                List.of("-D" + NativeFiles.FOLDER_PROPERTY + "=" + folder.resolve("native/target/cmake/lib")), "check",
                "--fixture", EditedFixture.fixture("basic").toString(), "--json");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors()).singleElement().asString().startsWith("gate: " + folder)
                .endsWith(": the C++ runtime is not there; build it with mvn -DskipTests package -pl native -am");
        assertThat(run.json().at("/errors")).hasSize(1);
    }

    @Test
    void nothingButTheVerdictIsWrittenWhereThereIsNoTerminal() throws Exception {
        Process process = child(GateRun.ROOT, List.of(), "check", "--fixture",
                GateRun.GOLDEN.resolve("basic").toString(), "--runtime", "reference").start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).isZero();
        assertThat(out).startsWith("passed  basic ").doesNotContain("\u001b").doesNotContain("\r");
        assertThat(out.lines()).allMatch(line -> line.startsWith("passed") || line.startsWith("  "));
    }

    /** A library that calls C's exit cannot give the code of a pass. */
    @ParameterizedTest
    @ValueSource(strings = {"load-exit", "create-exit", "call-exit", "call-thread"})
    void aLibraryThatEndsTheProcessDoesNotPass(String how) throws Exception {
        Path own = Files.createDirectory(folder.resolve(how));
        Files.copy(NativeFiles.folder().resolveSibling("shim").resolve(System.mapLibraryName("unruly")),
                own.resolve(System.mapLibraryName("rwkv_ms")));

        GateRun run = java(GateRun.ROOT, List.of("-Drwkvms.native=" + own), "check", "--fixture",
                GateRun.GOLDEN.resolve("chunk-rollover").toString(), "--json");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.errors()).singleElement().asString()
                .startsWith("gate: a library ended the process before the verdict; last error of the system: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"check --fixture BASIC --runtime", "runtime probe --fixture BASIC"})
    void withoutAPlaceForTemporaryFilesItCannotJudge(String command) throws Exception {
        Path none = folder.resolve("none");
        GateRun run = java(GateRun.ROOT, List.of("-Djava.io.tmpdir=" + none),
                (command.replace("BASIC", GateRun.GOLDEN.resolve("basic").toString()) + " " + NativeFiles.library())
                        .split(" "));

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors()).last().isEqualTo("gate: " + none + ": a temporary folder cannot be made there: "
                + "expected a folder, found none; TMPDIR names another place");
    }

    /** A signal leaves neither the files of a library's run nor its process. */
    @ParameterizedTest
    @ValueSource(strings = {"check --fixture BASIC --runtime", "runtime probe --fixture BASIC"})
    void aSignalLeavesNothingBehind(String command) throws Exception {
        Path temporary = Files.createDirectory(folder.resolve("temporary"));
        Path library = Files.copy(NativeFiles.folder().resolveSibling("shim").resolve(
                System.mapLibraryName("unruly")), folder.resolve("load-hang.so"));
        List<String> arguments = new ArrayList<>(
                List.of(command.replace("BASIC", GateRun.GOLDEN.resolve("basic").toString()).split(" ")));
        arguments.add(library.toString());
        try (WatchService made = temporary.getFileSystem().newWatchService()) {
            temporary.register(made, StandardWatchEventKinds.ENTRY_CREATE);
            Process process = child(GateRun.ROOT, List.of("-Djava.io.tmpdir=" + temporary),
                    arguments.toArray(String[]::new)).start();
            assertThat(made.poll(60, TimeUnit.SECONDS)).isNotNull();
            process.toHandle().destroy();
            assertThat(process.waitFor()).isEqualTo(143);
        }
        assertThat(temporary).isEmptyDirectory();
        // The library's process may have been on its way when the signal came.
        assertThat(ProcessHandle.allProcesses().filter(
                each -> each.info().commandLine().orElse("").contains("java.io.tmpdir=" + temporary)).toList())
                .allSatisfy(left -> assertThat(left.onExit()).succeedsWithin(Duration.ofSeconds(30)));
    }

    /** A signal ends a server in order, even in the middle of an answer. */
    @Test
    void aServerThatIsStopped() throws Exception {
        Path address = folder.resolve("url");
        Process process = child(GateRun.ROOT, List.of(), "serve", "--port", "0", "--url-file", address.toString(),
                "--ctx-size", "16384").start();
        BufferedReader said = process.inputReader();
        String told = said.lines().filter(line -> line.startsWith("serving ")).findFirst().orElseThrow();
        String url = Files.readString(address).strip();
        try (HttpClient client = HttpClient.newHttpClient()) {
            var answer = client.send(HttpRequest.newBuilder(URI.create(url + "/completions"))
                    .POST(HttpRequest.BodyPublishers.ofString("{\"prompt\":\"a\",\"stream\":true,\"temperature\":0}"))
                    .build(), HttpResponse.BodyHandlers.ofLines());
            var lines = answer.body().filter(line -> !line.isEmpty()).iterator();
            String last = lines.next();
            process.toHandle().destroy();
            while (lines.hasNext()) {
                last = lines.next();
            }
            assertThat(last).isEqualTo("data: {\"error\":{\"code\":503,\"message\":\"the server stops\","
                    + "\"type\":\"unavailable_error\"}}");
        }

        assertThat(process.waitFor()).isZero();
        assertThat(told).isEqualTo("serving tiny-gemma4 on " + url);
        assertThat(address).doesNotExist();
        assertThat(said.lines()).noneMatch(line -> line.contains("internal error"))
                .last().asString().endsWith("an answer ends unfinished: the server stops");
    }

    /** Runs the main class in a process with another root. */
    private GateRun java(Path root, List<String> options, String... arguments)
            throws IOException, InterruptedException {
        return GateRun.ofProcess(child(root, options, arguments));
    }

    private Child child(Path root, List<String> options, String... arguments) {
        return GateRun.java(folder, Stream.concat(Stream.of("-Drwkvms.root=" + root), options.stream()).toList(),
                (Object[]) arguments);
    }
}
