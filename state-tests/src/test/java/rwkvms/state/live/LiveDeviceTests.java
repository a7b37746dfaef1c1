package rwkvms.state.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.opentest4j.TestAbortedException;
import rwkvms.child.Child;
import rwkvms.child.Ending;
import rwkvms.ggml.Device;
import rwkvms.ggml.Devices;
import rwkvms.nativeruntime.NativeFiles;

/**
 * A small selection of the live suites on every device that ggml has here, one process each; the proof that the device was
 * used is part of it. A library without a device, and a build without such a library, are reported as not evaluated.
 */
final class LiveDeviceTests {
    /** Microbatch sizes, layers, heads. */
    private static final int COMPARISONS = LiveDeviceRun.MICROBATCHES.size() * LiveModel.LAYERS.size() * 2;
    private static final String NO_LIBRARY = "no library of a device beside llama.cpp: mvn -Pvulkan takes one; for a device"
            + " without a GPU apt-get install libvulkan1 mesa-vulkan-drivers, and set GGML_VK_VISIBLE_DEVICES=0";

    @TestFactory
    Stream<DynamicTest> devices() throws Exception {
        List<DynamicTest> tests = new ArrayList<>();
        for (Devices found : Devices.in(NativeFiles.folder(), Path.of("target").toAbsolutePath())) {
            found.devices().stream().filter(device -> !device.isProcessor())
                    .forEach(device -> tests.add(DynamicTest.dynamicTest(device.name() + ", " + device.description(),
                            () -> passes(device))));
            found.obstacle().ifPresent(why -> tests.add(notEvaluated(found.name() + ": " + why)));
        }
        return tests.isEmpty() ? Stream.of(notEvaluated(NO_LIBRARY)) : tests.stream();
    }

    private static DynamicTest notEvaluated(String why) {
        return DynamicTest.dynamicTest("NOT EVALUATED: " + why, () -> {
            throw new TestAbortedException("NOT EVALUATED: " + why);
        });
    }

    private static void passes(Device device) throws Exception {
        Child.Run run = SuiteChild.of(LiveDeviceRun.class, device.name()).run();
        assertThat(run.ending()).as(run.out() + run.err()).isEqualTo(new Ending.Exited(0));
        String[] said = run.out().strip().lines().toList().getLast().split(" ");
        System.out.println("live on " + device.name() + " (" + device.description() + "): max abs diff " + said[1]
                + " over " + said[0] + " comparisons, layers there: " + said[2]);
        assertThat(Integer.parseInt(said[0])).isEqualTo(COMPARISONS);
        assertThat(Double.parseDouble(said[1])).isLessThanOrEqualTo(Parity.LIMIT);
        assertThat(Integer.parseInt(said[2])).isPositive();
    }
}
