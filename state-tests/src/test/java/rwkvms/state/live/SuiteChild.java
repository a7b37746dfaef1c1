package rwkvms.state.live;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import rwkvms.child.Child;
import rwkvms.child.ChildJvm;
import rwkvms.child.Ending;
import rwkvms.ggml.Devices;

/**
 * Main classes of the tests in processes of their own, with a limit on their memory unless they use a device. They may abort, be
 * killed, or allocate without bound, and the JVM of the suite goes on.
 */
final class SuiteChild {
    /** The ending of a child that cannot run on this machine, such as on a CPU variant that it does not support. */
    static final Ending.Exited NOT_EVALUATED = new Ending.Exited(3);

    private static final Path ROOT = Path.of(System.getProperty("rwkvms.root", "..")).toAbsolutePath().normalize();
    /** A child takes a second or two; one that hangs must not hold the build. */
    private static final Duration TIMEOUT = Duration.ofSeconds(120);
    /** A driver compiles its code first, and llvmpipe does so for minutes on a busy machine. */
    private static final Duration TIMEOUT_WITH_DEVICE = Duration.ofMinutes(10);
    /**
     * Address space in KiB: a JVM with small regions, llama.cpp and a tiny model need less than half of it. With a device there
     * is no limit: CUDA maps all memory of the machine and of its devices, and ggml reserves 32 GiB more for each.
     */
    private static final long ADDRESS_SPACE = 4L << 20;

    private SuiteChild() {
    }

    static Child of(Class<?> main, Object... arguments) {
        Optional<String> device = Optional.ofNullable(System.getProperty(Devices.PROPERTY));
        return of(main, device, arguments);
    }

    static Child onDevice(Class<?> main, String device, Object... arguments) {
        return of(main, Optional.of(device), arguments);
    }

    private static Child of(Class<?> main, Optional<String> device, Object... arguments) {
        List<String> options = new ArrayList<>(List.of("-Xmx256m", "-XX:ReservedCodeCacheSize=48m",
                "-XX:CompressedClassSpaceSize=64m", "-Drwkvms.root=" + ROOT));
        device.ifPresent(name -> options.add("-D" + Devices.PROPERTY + "=" + name));
        // Each arena of glibc reserves 64 MiB of the address space, and it makes eight of them per core.
        Child child = ChildJvm.of(main, options,
                Stream.of(arguments).map(Object::toString).toList(), Path.of("target").toAbsolutePath(),
                device.isPresent() ? TIMEOUT_WITH_DEVICE : TIMEOUT)
                .with(Map.of("MALLOC_ARENA_MAX", "2"));
        return device.isPresent() ? child : child.within(ADDRESS_SPACE);
    }
}
