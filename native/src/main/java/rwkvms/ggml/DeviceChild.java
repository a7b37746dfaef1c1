package rwkvms.ggml;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import rwkvms.child.ChildJvm;
import rwkvms.nativeruntime.IncompatibleLibraryException;

/** Lists and tries devices in a process of its own: {@code DeviceChild <folder> [library]}. A driver may end it. */
final class DeviceChild {
    static final String DEVICE = "device ";
    static final String COMPUTES = "computes ";
    static final String REFUSED = "refused ";
    /** Told last: a library may end the process with the exit code of a success. */
    static final String DONE = "done";

    private DeviceChild() {
    }

    public static void main(String[] args) {
        ChildJvm.run(() -> list(Path.of(args[0]), Optional.of(args).filter(all -> all.length > 1).map(
                all -> Path.of(all[1]))));
    }

    private static void list(Path folder, Optional<Path> library) {
        try {
            Ggml ggml = Ggml.open(folder);
            ggml.log().echo();
            List<Device> devices = library.map(ggml::load).orElseGet(ggml::devices);
            devices.forEach(device -> say(DEVICE + device.line()));
            for (Device device : devices) {
                SmallProduct.on(ggml, device);
                say(COMPUTES + device.name());
            }
        } catch (IncompatibleLibraryException | GgmlException e) {
            say(REFUSED + e.getMessage());
        }
        say(DONE);
    }

    /** Told at once: the process may end at the next call. */
    private static void say(String line) {
        System.out.println(line.replace('\n', ' '));
        System.out.flush();
    }
}
