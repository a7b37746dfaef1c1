package rwkvms.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The name of this machine's processor. */
final class Cpu {
    private static final Path LINUX = Path.of("/proc/cpuinfo");
    private static final String LINUX_FIELD = "model name";

    private Cpu() {
    }

    /** Returns the operating system's name for it, or the architecture if there is none, as on Linux on Arm. */
    static String model() {
        return (Files.isReadable(LINUX) ? linux() : macOs()).orElseGet(() -> System.getProperty("os.arch"));
    }

    private static Optional<String> linux() {
        try (var lines = Files.lines(LINUX)) {
            return lines.filter(line -> line.startsWith(LINUX_FIELD)).findFirst()
                    .map(line -> line.substring(line.indexOf(':') + 1).strip());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Optional<String> macOs() {
        return ToolOutput.of(Path.of("."), "sysctl", "-n", "machdep.cpu.brand_string");
    }
}
