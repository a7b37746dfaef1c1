package rwkvms.state.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.opentest4j.TestAbortedException;
import rwkvms.child.Child;
import rwkvms.child.Ending;
import rwkvms.ggml.Devices;
import rwkvms.nativeruntime.LibraryList;
import rwkvms.nativeruntime.LibraryList.Role;
import rwkvms.nativeruntime.NativeFiles;
import rwkvms.report.AllureReport;

/**
 * A small selection of the live suites on every device that ggml has here, one process each; the proof that the device was
 * used is part of it. Without a device among the libraries that were built, npm's code for Vulkan is taken if the build has
 * fetched it, on the first device that Vulkan has: llvmpipe counts. What is missing is reported as not evaluated.
 */
final class LiveDeviceTests {
    /** Microbatch sizes, layers, heads. */
    private static final int COMPARISONS = LiveDeviceRun.MICROBATCHES.size() * LiveModel.LAYERS.size() * 2;
    private static final String VISIBLE = "GGML_VK_VISIBLE_DEVICES";
    private static final String NO_LIBRARY = "no library of a device beside llama.cpp: after apt-get install libvulkan1"
            + " mesa-vulkan-drivers the build fetches ggml's code for Vulkan";
    private static final Path VULKAN = Path.of(System.getProperty("rwkvms.root", "..")).toAbsolutePath().normalize()
            .resolve("native/llama.cpp/vulkan/node_modules/@node-llama-cpp/linux-x64-vulkan/bins/linux-x64-vulkan");
    private static final String LIBRARY = "libggml-vulkan.so";

    @TestFactory
    Stream<DynamicTest> devices() throws Exception {
        List<DynamicTest> tests = new ArrayList<>();
        for (Devices found : Devices.in(NativeFiles.folder(), Path.of("target").toAbsolutePath())) {
            found.devices().stream().filter(device -> !device.isProcessor())
                    .forEach(device -> tests.add(DynamicTest.dynamicTest(device.name() + ", " + device.description(),
                            () -> passes(device.name(), run(device.name())))));
            found.obstacle().ifPresent(why -> tests.add(notEvaluated(found.name() + ": " + why)));
        }
        return tests.isEmpty() ? Stream.of(fetched()) : tests.stream();
    }

    private static DynamicTest fetched() throws IOException {
        Optional<Path> folder = withVulkan(NativeFiles.folder());
        if (folder.isEmpty()) {
            return notEvaluated(NO_LIBRARY);
        }
        Child.Run run = run("Vulkan0", folder.get());
        return run.ending().equals(SuiteChild.NOT_EVALUATED)
                ? notEvaluated(run.out().strip())
                : DynamicTest.dynamicTest("Vulkan0, the first device of Vulkan", () -> passes("Vulkan0", run));
    }

    /** A folder of links to the built libraries and to npm's; empty if it has none for this llama.cpp. */
    private static Optional<Path> withVulkan(Path built) throws IOException {
        Path base = LibraryList.of(built).one(Role.GGML_BASE);
        Path theirs = VULKAN.resolve(base.getFileName());
        if (!Files.exists(VULKAN.resolve(LIBRARY)) || !Files.exists(theirs) || Files.mismatch(base, theirs) >= 0) {
            return Optional.empty();
        }
        Path folder = Files.createDirectories(Path.of("target", "device-libraries").toAbsolutePath());
        try (Stream<Path> files = Files.list(built)) {
            for (Path file : files.filter(each -> !each.endsWith(LibraryList.FILE)).toList()) {
                link(folder, file);
            }
        }
        link(folder, VULKAN.resolve(LIBRARY));
        Files.writeString(folder.resolve(LibraryList.FILE),
                Files.readString(built.resolve(LibraryList.FILE)) + "device " + LIBRARY + "\n");
        return Optional.of(folder);
    }

    private static void link(Path folder, Path file) throws IOException {
        Path link = folder.resolve(file.getFileName());
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, file);
    }

    /** Without a driver, there is no pass, and the reason says what to install. */
    @Test
    void withoutADriverNothingPasses() throws Exception {
        Path folder = withVulkan(NativeFiles.folder())
                .orElseThrow(() -> new TestAbortedException("NOT EVALUATED: " + NO_LIBRARY));
        Child.Run run = SuiteChild.onDevice(LiveDeviceRun.class, "Vulkan0", "Vulkan0", folder)
                .with(Map.of("VK_DRIVER_FILES", "none", "VK_ICD_FILENAMES", "none")).run();
        assertThat(run.ending()).as(run.out() + run.err()).isEqualTo(SuiteChild.NOT_EVALUATED);
        assertThat(run.out()).contains("device Vulkan0: expected one of CPU, found no device of that name; " + LIBRARY)
                .contains("apt-get install libvulkan1 mesa-vulkan-drivers");
    }

    private static DynamicTest notEvaluated(String why) {
        return DynamicTest.dynamicTest("NOT EVALUATED: " + why, () -> {
            throw new TestAbortedException("NOT EVALUATED: " + why);
        });
    }

    private static Child.Run run(String device, Object... folder) throws IOException {
        List<Object> arguments = new ArrayList<>(List.of(device));
        arguments.addAll(List.of(folder));
        try {
            return SuiteChild.onDevice(LiveDeviceRun.class, device, arguments.toArray())
                    .with(Map.of(VISIBLE, System.getenv().getOrDefault(VISIBLE, "0"))).run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static void passes(String device, Child.Run run) {
        assertThat(run.ending()).as(run.out() + run.err()).isEqualTo(new Ending.Exited(0));
        String[] said = run.out().strip().lines().toList().getLast().split(" ");
        System.out.println("live on " + device + ": max abs diff " + said[1] + " over " + said[0]
                + " comparisons, layers there: " + said[2]);
        Parity.tell(Double.parseDouble(said[1]), device);
        AllureReport.ofTest().figure("extent", "devices", device);
        assertThat(Integer.parseInt(said[0])).isEqualTo(COMPARISONS);
        assertThat(Double.parseDouble(said[1])).isLessThanOrEqualTo(Parity.LIMIT);
        assertThat(Integer.parseInt(said[2])).isPositive();
    }
}
