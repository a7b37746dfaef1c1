package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.child.Child;
import rwkvms.nativeruntime.NativeFiles;

/** The script {@code gate} with a JVM, as a release of the classes under test. */
final class GateLaunchTests {
    private static final String CHECK = "sh \"$gate\" check --fixture basic";

    @TempDir
    private Path folder = Path.of("");

    @BeforeEach
    void release() throws IOException {
        release(folder.resolve("release"));
        Files.createSymbolicLink(folder.resolve("basic"), GateRun.GOLDEN.resolve("basic"));
    }

    private static void release(Path release) throws IOException {
        Files.createDirectories(release);
        Files.copy(GateRun.ROOT.resolve("gate"), release.resolve("gate"));
        Files.createSymbolicLink(release.resolve("lib"), NativeFiles.folder());
        Path built = GateRun.ROOT.resolve("cli/target");
        Files.copy(built.resolve("gate.jar"), release.resolve("gate.jar"), StandardCopyOption.COPY_ATTRIBUTES);
        Files.createDirectories(release.resolve("cli/target"));
        Files.createSymbolicLink(release.resolve("cli/target/gate.aot"), built.resolve("gate.aot"));
    }

    /** Runs a line of shell in a folder with only these variables. */
    private GateRun shell(Path where, String line, Map<String, String> variables)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("env", "-i", "PATH=" + System.getenv("PATH"),
                "JAVA_HOME=" + System.getProperty("java.home"), "gate=" + folder.resolve("release/gate")));
        variables.forEach((name, value) -> command.add(name + "=" + value));
        command.addAll(List.of("bash", "-c", line));
        return GateRun.ofProcess(new Child(command, where, Map.of(), GateRun.LIMIT));
    }

    private GateRun shell(String line) throws IOException, InterruptedException {
        return shell(folder, line, Map.of());
    }

    /** A probe writes small sidecars, in a child that ends without a last word. */
    @Test
    void temporaryFilesGoWhereTheEnvironmentSays() throws Exception {
        Path temporary = Files.createDirectory(folder.resolve("temporary"));
        try (WatchService made = temporary.getFileSystem().newWatchService()) {
            temporary.register(made, StandardWatchEventKinds.ENTRY_CREATE);
            GateRun run = shell(folder, "sh \"$gate\" runtime probe release/lib/" + System.mapLibraryName("rwkv_ms")
                    + " --fixture basic", Map.of("TMPDIR", temporary.toString()));

            assertThat(run.code()).isZero();
            assertThat(made.poll(10, TimeUnit.SECONDS)).isNotNull();
        }
        assertThat(temporary).isEmptyDirectory();
    }

    /** Neither the script nor a child has an option with which the JVM would leave the cache; nobody would notice but by the time. */
    @Test
    void theCacheOfClassesFits() throws Exception {
        Path jdk = Files.createDirectories(folder.resolve("jdk/bin")).getParent();
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"25.0.1\"\n");
        BuiltCheckout.executable(jdk.resolve("bin/java"), "#!/bin/sh\nexec '"
                + Path.of(System.getProperty("java.home"), "bin", "java") + "' -XX:AOTMode=on \"$@\"\n");

        GateRun run = shell(folder, "JAVA_HOME=jdk sh \"$gate\" sidecar validate basic/sidecar.gguf", Map.of());
        assertThat(run.code()).as(run.err()).isZero();
        GateRun child = GateRun.ofProcess(GateRun.java(folder, List.of("-XX:AOTMode=on"), "sidecar", "validate",
                folder.resolve("basic/sidecar.gguf")));
        assertThat(child.code()).as(child.err()).isZero();
    }

    /** A collector, an absent agent, an unknown option: each would keep a JVM from starting or make it print. */
    @Test
    void optionsForAnyJvmNeitherStopItNorMakeItTalk() throws Exception {
        GateRun run = shell(folder, CHECK + " --json", Map.of("JAVA_TOOL_OPTIONS", "-XX:+UseG1GC -javaagent:none.jar",
                "JDK_JAVA_OPTIONS", "-XX:+NoSuchOption", "_JAVA_OPTIONS", "-agentlib:none -Xmx1k"));

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines()).hasSize(1);
        assertThat(new ObjectMapper().readTree(run.out()).path("ok").booleanValue()).isTrue();
    }

    @Test
    void twoGigabytesOfAddressesAreEnough() throws Exception {
        GateRun run = shell("ulimit -v 2000000; " + CHECK + " --json");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out().lines()).hasSize(1);
    }

    @Test
    void somethingThatDiffersIsOne() throws Exception {
        assertThat(shell(CHECK + " --rtol 0 --atol 0").code()).isEqualTo(1);
    }

    /** The jar names no main class. */
    @Test
    void aJarWithoutTheGateIsTwo() throws Exception {
        try (OutputStream out = Files.newOutputStream(folder.resolve("release/gate.jar"))) {
            new JarOutputStream(out, new Manifest()).close();
        }

        GateRun run = shell(CHECK + " --json");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines()).last().asString().startsWith("gate: ").endsWith("nothing was judged");
    }

    /** In the names of the working folder, an option, a file, the report and the release, as under cron. */
    @Test
    void lettersBeyondAsciiWithoutALocale() throws Exception {
        Path here = Files.createDirectories(folder.resolve("größe"));
        Files.createSymbolicLink(here.resolve("fälle"), GateRun.GOLDEN.resolve("basic"));
        Files.move(folder.resolve("release"), here.resolve("öffentlich"));

        GateRun run = shell(here, "sh öffentlich/gate check --fixture fälle --report bericht-é", Map.of());

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(here.resolve("bericht-é/verdict.json")).content().contains("fälle");
        assertThat(shell(here, "sh öffentlich/gate sidecar validate nicht-dä", Map.of("LC_ALL", "POSIX")).err())
                .startsWith("gate: nicht-dä: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"check --fixture basic", "check --fixture none --json", "--help", "serve --for 300"})
    void anOutputThatCannotBeWrittenIsTwo(String arguments) throws Exception {
        GateRun run = shell("sh \"$gate\" " + arguments + " >/dev/full");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err().lines()).last()
                .isEqualTo("gate: standard output: cannot be written: No space left on device");
    }

    /** The verdict is longer than the pipe takes. */
    @Test
    void aReaderThatIsGoneIsTwoWithoutAWord() throws Exception {
        GateRun run = shell("set -o pipefail; { " + CHECK + "; echo \"code $?\" >&2; } | true");

        assertThat(run.err()).isEqualTo("code 2\n");
    }

    @Test
    void aSignalStopsTheServerInOrder() throws Exception {
        Process server = new Child(
                List.of("sh", folder.resolve("release/gate").toString(), "serve", "--for", "300", "--port", "0",
                        "--server-log", "log"),
                folder, Map.of("TMPDIR", Files.createDirectory(folder.resolve("tmp")).toString(), "JAVA_HOME",
                        System.getProperty("java.home")),
                GateRun.LIMIT).start();
        try (BufferedReader out = server.inputReader(StandardCharsets.UTF_8)) {
            assertThat(out.readLine()).startsWith("serving ");
            server.toHandle().destroy();

            assertThat(server.waitFor()).isZero();
            assertThat(out.lines()).isEmpty();
        }
    }
}
