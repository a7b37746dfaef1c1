package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.nativeruntime.NativeFiles;

/** {@code gate devices}, and {@code --device} of other commands. */
final class DeviceCommandTests {
    private static final Path BASIC = GateRun.GOLDEN.resolve("basic");

    @TempDir
    private Path folder = Path.of("");

    @Test
    void theProcessorIsAlwaysThere() throws Exception {
        GateRun run = GateRun.of("devices", "--json", "--report", folder);

        assertThat(run.code()).as(run.err()).isZero();
        JsonNode processor = run.json().path("devices").path(0);
        assertThat(processor.path("name").asText()).isEqualTo("CPU");
        assertThat(processor.path("kind").asText()).isEqualTo("processor");
        assertThat(processor.path("description").asText()).isNotBlank();
        assertThat(processor.path("memory_total").asLong()).isPositive();
        assertThat(processor.path("memory_free").asLong()).isPositive();
        assertThat(run.json().path("reproduce").asText()).endsWith("gate devices");
        assertThat(folder.resolve("verdict.json")).exists();
    }

    @Test
    void asATableForPeople() {
        GateRun run = GateRun.of("devices");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).containsPattern("(?m)^CPU +processor +[0-9.]+ of [0-9.]+ GiB free  ")
                .containsPattern("passed: [1-9][0-9]* devices?, [0-9]+ librar(y|ies) without one\\R$");
    }

    /** The library of a device was removed after the build. */
    @ParameterizedTest
    @ValueSource(strings = {"devices", "devices --json"})
    void aLibraryThatIsGoneIsNoPass(String line) throws Exception {
        link("libggml-gone.so");
        GateRun run = withLibraries(() -> GateRun.of((Object[]) line.split(" ")));

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err() + run.out())
                .contains(": expected the file libggml-gone.so in this folder, found none; build it");
    }

    /** The commands go on, and say in one line what the driver lacks. */
    @Test
    void aDriverThatAbortsIsNoPass() throws Exception {
        String library = "libggml-cuda-compute.so";
        Files.copy(NativeFiles.folder().resolveSibling("shim").resolve(System.mapLibraryName("fake_device")),
                folder.resolve(library));
        link(library);
        String lacks = library
                + ": the driver cannot run it: the provided PTX was compiled with an unsupported toolchain:"
                + " the driver is older than the CUDA that the library was built with; install a newer one";

        GateRun devices = withLibraries(() -> GateRun.of("devices"));
        assertThat(devices.code()).isEqualTo(2);
        assertThat(devices.err()).isEqualToNormalizingNewlines("gate: " + lacks + "\n");
        assertThat(devices.out()).containsPattern("(?m)^CPU +processor ")
                .endsWith(": 1 device, 1 library without one" + System.lineSeparator());

        GateRun serve = GateRun
                .ofProcess(GateRun.java(folder, List.of("-D" + NativeFiles.FOLDER_PROPERTY + "=" + folder),
                        "serve", "--port", "0", "--for", "1", "--device", "CUDA0"));
        assertThat(serve.code()).isEqualTo(2);
        assertThat(serve.out()).isEmpty();
        assertThat(serve.err()).isEqualToNormalizingNewlines(
                "gate: device CUDA0: expected one of CPU, found no device of that name; " + lacks + "\n");

        Files.delete(folder.resolve(library));
        GateRun gone = GateRun
                .ofProcess(GateRun.java(folder, List.of("-D" + NativeFiles.FOLDER_PROPERTY + "=" + folder),
                        "serve", "--port", "0", "--for", "1", "--device", "CUDA0"));
        assertThat(gone.code()).isEqualTo(2);
        assertThat(gone.out()).isEmpty();
        assertThat(gone.err()).contains(": expected the file " + library + " in this folder, found none; build it");

        GateRun check = GateRun
                .ofProcess(GateRun.java(folder, List.of("-D" + NativeFiles.FOLDER_PROPERTY + "=" + folder,
                        "-Drwkvms.root=" + GateRun.ROOT), "check", "--fixture", BASIC, "--device", "CUDA0"));
        assertThat(check.code()).as(check.err()).isEqualTo(2);
        assertThat(check.err()).contains("CUDA0");
    }

    /** A small product works, the model does not: the server ends, and says why before it does. */
    @Test
    void aDriverThatAbortsLaterIsNamedToo() throws Exception {
        Files.copy(NativeFiles.folder().resolveSibling("shim").resolve(System.mapLibraryName("fake_device")),
                folder.resolve("libggml-cuda-later.so"));
        link("libggml-cuda-later.so");

        GateRun serve = GateRun
                .ofProcess(GateRun.java(folder, List.of("-D" + NativeFiles.FOLDER_PROPERTY + "=" + folder),
                        "serve", "--port", "0", "--for", "1", "--device", "CUDA0"));

        assertThat(serve.code()).as("SIGABRT, of which the script makes 2").isEqualTo(134);
        assertThat(serve.out()).doesNotContain("serving");
        assertThat(serve.err()).contains("CUDA error: the provided PTX was compiled with an unsupported toolchain.");
    }

    /** Makes the folder that of the build, with one more library in its list. */
    private void link(String library) throws IOException {
        Path real = NativeFiles.folder();
        try (Stream<Path> files = Files.list(real)) {
            for (Path file : files.filter(each -> !each.endsWith("libraries.txt")).toList()) {
                Files.createSymbolicLink(folder.resolve(real.relativize(file)), file);
            }
        }
        Files.writeString(folder.resolve("libraries.txt"), Files.readString(real.resolve("libraries.txt"))
                .replaceAll("(?m)^device .*\\R", "") + "device " + library + "\n");
    }

    private GateRun withLibraries(Supplier<GateRun> run) {
        String before = System.getProperty(NativeFiles.FOLDER_PROPERTY, NativeFiles.folder().toString());
        System.setProperty(NativeFiles.FOLDER_PROPERTY, folder.toString());
        try {
            return run.get();
        } finally {
            System.setProperty(NativeFiles.FOLDER_PROPERTY, before);
        }
    }

    /** JUnit warns of each link that it deletes. */
    @AfterEach
    void unlink() throws IOException {
        try (Stream<Path> links = Files.list(folder)) {
            for (Path link : links.filter(Files::isSymbolicLink).toList()) {
                Files.delete(link);
            }
        }
    }

    /** The processor's figures are not those of a device: nothing is compared, and nothing passes. */
    @Test
    void aCheckOnADeviceThatIsNotThereIsNotEvaluated() throws Exception {
        GateRun run = GateRun.of("check", "--fixture", BASIC, "--device", "Vulkan77", "--json");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.json().path("ok").asBoolean()).isFalse();
        assertThat(run.json().path("compared").asInt()).isZero();
        assertThat(run.json().path("errors").path(0).asText())
                .startsWith("--device Vulkan77: not evaluated: device Vulkan77: expected one of CPU")
                .contains(", found no device of that name");
        assertThat(run.json().path("reproduce").asText()).endsWith(" --device Vulkan77");
    }

    @Test
    void aCheckSaysWhereItComputed() throws Exception {
        GateRun run = GateRun.of("check", "--fixture", BASIC, "--device", "CPU", "--json");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.json().at("/provenance/device").asText()).isEqualTo("CPU");
        assertThat(run.json().path("reproduce").asText()).endsWith(" --device CPU");
    }

    /** They cannot choose: nothing is judged, and no option is ignored. */
    @ParameterizedTest
    @CsvSource({"fork --bin none, the executable", "runtime probe none, the library"})
    void whatChoosesItsDeviceItselfIsNotEvaluated(String line, String judged) {
        GateRun run = GateRun.of(GateRun.with(line.split(" "), "--device", "CPU"));

        assertThat(run).isEqualTo(new GateRun(2, "", "gate: --device CPU: not evaluated: " + judged
                + " chooses by itself where it computes, and does not say it" + System.lineSeparator()));
    }

    @Test
    void aServerStartsOnTheDeviceThatIsAskedForOrNotAtAll() {
        GateRun run = GateRun.of("serve", "--port", "0", "--for", "1", "--device", "Vulkan77");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains("gate: device Vulkan77: expected one of CPU")
                .contains(", found no device of that name");
    }
}
