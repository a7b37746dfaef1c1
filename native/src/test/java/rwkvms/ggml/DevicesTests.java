package rwkvms.ggml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.child.Child;
import rwkvms.child.Ending;
import rwkvms.nativeruntime.IncompatibleLibraryException;
import rwkvms.nativeruntime.NativeFiles;

/** What ggml can compute on, and why it cannot. */
final class DevicesTests {
    private static final Device GPU = new Device("Vulkan0", "A GPU, 2nd\tedition", "GPU", 5, 7, "libggml-vulkan.so",
            "Vulkan0");

    @TempDir
    private Path folder = Path.of("");

    /** A device's library that ends the process as soon as it is loaded: nothing that needs no device may load it. */
    @Test
    void aLibraryThatEndsItsProcessIsNamed() throws Exception {
        Files.copy(NativeFiles.folder().resolveSibling("shim").resolve(System.mapLibraryName("unruly")),
                folder.resolve("load-_exit.so"));
        list("device load-_exit.so\n");

        List<Devices> all = Devices.in(folder, folder);

        assertThat(all).hasSize(2);
        assertThat(all.getFirst().obstacle()).isEmpty();
        assertThat(all.getFirst().devices()).singleElement().satisfies(device -> {
            assertThat(device.isProcessor()).isTrue();
            assertThat(device.name()).isEqualTo("CPU");
            assertThat(device.buffers()).isEqualTo("CPU");
            assertThat(device.total()).isPositive();
        });
        assertThat(all.getLast().devices()).isEmpty();
        assertThat(all.getLast().obstacle()).contains("the library ended the process: exit code 0");
    }

    /** A driver that is older than the library's CUDA: ggml logs the reason, then has no device, or aborts at once or later. */
    @Test
    void anOldDriverIsSurvivedAndNamed() throws Exception {
        StringBuilder more = new StringBuilder();
        for (String fails : List.of("absent", "compute", "registration")) {
            String name = "libggml-cuda-" + fails + ".so";
            Files.copy(NativeFiles.folder().resolveSibling("shim").resolve(System.mapLibraryName("fake_device")),
                    folder.resolve(name));
            more.append("device ").append(name).append('\n');
        }
        list(more.toString());

        List<Devices> found = Devices.in(folder, folder);

        String old = ": the driver is older than the CUDA that the library was built with; install a newer one";
        String code = "the driver cannot run it: the provided PTX was compiled with an unsupported toolchain" + old;
        assertThat(found).extracting(each -> each.devices().size()).containsExactly(1, 0, 0, 0);
        assertThat(found).extracting(Devices::obstacle).containsExactly(Optional.empty(), Optional.of(
                "the driver cannot run it: CUDA driver version is insufficient for CUDA runtime version" + old),
                Optional.of(code), Optional.of(code));
        assertThat(found).extracting(Devices::died).containsExactly(false, false, true, true);
    }

    @Test
    void aDeviceThatIsNotThereIsRefusedWithWhatThereIs() throws Exception {
        Files.writeString(folder.resolve("libggml-vulkan.so"), "no library");
        list("device libggml-vulkan.so\n");
        Ggml ggml = Ggml.open(folder);

        assertThat(Devices.load(ggml, "CPU", folder).isProcessor()).isTrue();
        assertThatExceptionOfType(IncompatibleLibraryException.class)
                .isThrownBy(() -> Devices.load(ggml, "Vulkan0", folder))
                .withMessageMatching("device Vulkan0: expected one of CPU, found no device of that name;"
                        + " libggml-vulkan.so: cannot be loaded: .*; install a driver of Vulkan; .*");
    }

    /** The library after it would hang for minutes. */
    @Test
    @Timeout(60)
    void whereADeviceIsFoundNoOtherLibraryIsAsked() throws Exception {
        Files.copy(NativeFiles.folder().resolveSibling("shim").resolve(System.mapLibraryName("unruly")),
                folder.resolve("load-hang.so"));
        list("device load-hang.so\n");

        assertThat(Devices.named(folder, "CPU", folder).isProcessor()).isTrue();
    }

    /** The device's library is taken away after the build: no verdict can come from the processor instead. */
    @Test
    void aLibraryThatIsGoneIsRefused() throws Exception {
        list("device libggml-vulkan.so\n");
        assertThatExceptionOfType(IncompatibleLibraryException.class).isThrownBy(() -> Devices.in(folder, folder))
                .withMessageStartingWith(folder.resolve("libraries.txt") + ": line ")
                .withMessageContaining(": expected the file libggml-vulkan.so in this folder, found none; build it");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            libggml-cuda.so   | ggml_cuda_compute_forward: MUL_MAT failed#CUDA error: the provided PTX was compiled with an unsupported toolchain.#  current device: 0, in function f | the driver cannot run it: the provided PTX was compiled with an unsupported toolchain: the driver is older than the CUDA that the library was built with; install a newer one
            libggml-cuda.so   | CUDA error: out of memory#more | the driver cannot run it: out of memory
            libggml-vulkan.so | terminate called | the library crashed: signal 6 (SIGABRT); it said: terminate called
            """)
    void aDriverThatAbortsIsExplained(String name, String said, String obstacle) {
        Devices found = Devices.of(Optional.of(Path.of(name)),
                run(new Ending.Crashed(6), "device " + GPU.line() + "\n", said.replace('#', '\n')));

        assertThat(found.devices()).isEmpty();
        assertThat(found.obstacle()).contains(obstacle);
    }

    @Test
    void aDeviceIsThereOnceItHasComputed() {
        Optional<Path> library = Optional.of(Path.of("libggml-vulkan.so"));
        String listed = "noise of a driver\ndevice " + GPU.line() + "\n";
        Device read = new Device("Vulkan0", "A GPU, 2nd edition", "GPU", 5, 7, "libggml-vulkan.so", "Vulkan0");

        assertThat(Devices.of(library, run(new Ending.Exited(0), listed + "computes Vulkan0\ndone\n", "")))
                .isEqualTo(new Devices(library, List.of(read), Optional.empty(), false));
        assertThat(Devices.of(library, run(new Ending.Exited(0), listed + "refused Vulkan0: found 0\ndone\n", "")))
                .isEqualTo(new Devices(library, List.of(), Optional.of("Vulkan0: found 0; install a driver of Vulkan;"
                        + " one that needs no GPU: apt-get install libvulkan1 mesa-vulkan-drivers, and set"
                        + " GGML_VK_VISIBLE_DEVICES=0"), false));
        assertThat(
                Devices.of(Optional.of(Path.of("libggml-rpc.so")), run(new Ending.Exited(0), "done\n", "")).obstacle())
                .contains("no device here");
    }

    @Test
    void kindsHaveWords() {
        assertThat(Stream.of(0, 1, 2, 3, 4, -1).map(Device::kind)).containsExactly("processor", "GPU",
                "integrated GPU", "accelerator", "kind 4", "kind -1");
    }

    /** JUnit warns of each link that it deletes. */
    @AfterEach
    void unlink() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path link : files.filter(Files::isSymbolicLink).toList()) {
                Files.delete(link);
            }
        }
    }

    private static Child.Run run(Ending ending, String out, String err) {
        return new Child.Run(ending, out, err, Duration.ZERO);
    }

    /** Makes the folder that of the build, with more lines in its list. */
    private void list(String more) throws IOException {
        try (Stream<Path> files = Files.list(NativeFiles.folder())) {
            for (Path file : files.toList()) {
                Path link = folder.resolve(String.valueOf(file.getFileName()));
                if (String.valueOf(file.getFileName()).equals("libraries.txt")) {
                    Files.writeString(link, String.join("\n", Files.readAllLines(file).stream()
                            .filter(line -> !line.startsWith("device ")).toList()) + "\n" + more);
                } else if (!Files.exists(link) && !String.valueOf(link.getFileName()).contains("vulkan")) {
                    Files.createSymbolicLink(link, file);
                }
            }
        }
    }
}
