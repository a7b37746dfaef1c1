package rwkvms.ggml;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import rwkvms.child.Child;
import rwkvms.child.ChildJvm;
import rwkvms.child.Death;
import rwkvms.nativeruntime.IncompatibleLibraryException;
import rwkvms.nativeruntime.LibraryList;
import rwkvms.nativeruntime.LibraryList.Role;

/**
 * The devices that one library of ggml has here, as a process of its own has found them: a driver that does not fit may
 * end the process.
 *
 * @param library  empty for the processor and what ggml has built in
 * @param devices  those that computed a small product
 * @param obstacle why there are no more; empty if there are no others
 * @param died     whether the library ended the process, so that nobody knows what it has
 */
public record Devices(Optional<Path> library, List<Device> devices, Optional<String> obstacle, boolean died) {
    /** The system property with the device of the live suites; without it they run on the processor. */
    public static final String PROPERTY = "rwkvms.device";

    /** A driver may compile its code first. */
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final Pattern CUDA = Pattern.compile("(?:CUDA error|failed to initialize CUDA): ([^|\n]+)");
    private static final List<String> OLD_DRIVER = List.of("unsupported toolchain", "driver version is insufficient");

    public Devices {
        devices = List.copyOf(devices);
    }

    /** Asks every library of a folder, the processor's first. */
    public static List<Devices> in(Path folder, Path work) throws IOException {
        List<Devices> all = new ArrayList<>();
        for (Optional<Path> library : libraries(folder)) {
            all.add(ask(folder, library, work));
        }
        return all;
    }

    private static List<Optional<Path>> libraries(Path folder) throws IOException {
        return Stream.concat(Stream.of(Optional.<Path>empty()),
                LibraryList.of(folder).all(Role.DEVICE).stream().map(Optional::of)).toList();
    }

    /**
     * Loads the library of a device after a process of its own has computed on it. A driver may still end this process, at a
     * larger computation; ggml's errors are printed from now on, because they say why.
     *
     * @throws IncompatibleLibraryException if there is none of that name, with those that there are
     */
    public static Device load(Ggml ggml, String name, Path work) throws IOException {
        Devices found = with(ggml.folder(), name, work);
        found.library.ifPresent(_ -> ggml.log().echo());
        return of(name, found.library.map(ggml::load).orElseGet(ggml::devices)).orElseThrow();
    }

    /**
     * The device of that name on which a process of its own has computed. Nothing is loaded in this process.
     *
     * @throws IncompatibleLibraryException if there is none, with those that there are
     */
    public static Device named(Path folder, String name, Path work) throws IOException {
        return of(name, with(folder, name, work).devices).orElseThrow();
    }

    private static Optional<Device> of(String name, List<Device> devices) {
        return devices.stream().filter(device -> device.name().equals(name)).findFirst();
    }

    /** Asks the libraries one by one, and none after that which has the device. */
    private static Devices with(Path folder, String name, Path work) throws IOException {
        List<Devices> others = new ArrayList<>();
        for (Optional<Path> library : libraries(folder)) {
            Devices asked = ask(folder, library, work);
            if (of(name, asked.devices).isPresent()) {
                return asked;
            }
            others.add(asked);
        }
        throw new IncompatibleLibraryException("device " + name + ": expected one of "
                + String.join(", ", others.stream().flatMap(each -> each.devices.stream()).map(Device::name).toList())
                + ", found no device of that name" + String.join("",
                        others.stream().flatMap(each -> each.obstacle.stream()
                                .map(why -> "; " + name(each.library) + ": " + why)).toList()));
    }

    private static Devices ask(Path folder, Optional<Path> library, Path work) throws IOException {
        List<String> arguments = Stream.concat(Stream.of(folder), library.stream()).map(Path::toString).toList();
        try {
            return of(library, ChildJvm.of(DeviceChild.class, arguments, work, LIMIT).run());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while ggml's devices were listed", e);
        }
    }

    /** The library's file name. */
    public String name() {
        return name(library);
    }

    private static String name(Optional<Path> library) {
        return library.map(file -> String.valueOf(file.getFileName())).orElse("ggml");
    }

    /** What a child has found. */
    static Devices of(Optional<Path> library, Child.Run run) {
        List<String> computing = said(run, DeviceChild.COMPUTES);
        List<Device> devices = said(run, DeviceChild.DEVICE).stream().map(Device::of)
                .filter(device -> computing.contains(device.name())).toList();
        String name = name(library);
        List<String> refused = said(run, DeviceChild.REFUSED);
        Optional<String> obstacle = Optional.empty();
        boolean died = !run.succeeded() || said(run, DeviceChild.DONE).isEmpty();
        if (died) {
            obstacle = Optional.of(ending(run));
        } else if (!refused.isEmpty()) {
            obstacle = Optional
                    .of(refused.getFirst().replaceFirst("^.*?" + Pattern.quote(name) + ": ", "") + Cure.of(name));
        } else if (devices.isEmpty()) {
            obstacle = Optional.of(driver(run.err()).orElse("no device here" + Cure.of(name)));
        }
        return new Devices(library, devices, obstacle, died);
    }

    private static List<String> said(Child.Run run, String mark) {
        return run.out().lines().filter(line -> line.startsWith(mark)).map(line -> line.substring(mark.length()))
                .toList();
    }

    private static String ending(Child.Run run) {
        String noise = String.join("\n", run.out().lines()
                .filter(line -> !line.startsWith(DeviceChild.DEVICE) && !line.startsWith(DeviceChild.COMPUTES))
                .toList());
        Child.Run library = new Child.Run(run.ending(), noise, run.err(), run.time());
        return driver(Death.said(library)).orElseGet(() -> Death.words(library));
    }

    /** What CUDA says that the driver lacks. */
    private static Optional<String> driver(String said) {
        Matcher cuda = CUDA.matcher(said);
        if (!cuda.find()) {
            return Optional.empty();
        }
        String error = cuda.group(1).strip().replaceFirst("[.]$", "");
        return Optional.of("the driver cannot run it: " + error
                + (OLD_DRIVER.stream().anyMatch(error::contains)
                        ? ": the driver is older than the CUDA that the library was built with; install a newer one"
                        : ""));
    }

    /** What to install where a library has no device. */
    private static final class Cure {
        static String of(String library) {
            if (library.contains("vulkan")) {
                return "; install a driver of Vulkan; one that needs no GPU: apt-get install libvulkan1"
                        + " mesa-vulkan-drivers, and set GGML_VK_VISIBLE_DEVICES=0";
            }
            return library.contains("cuda") ? "; install NVIDIA's driver and the CUDA runtime of the library" : "";
        }
    }
}
