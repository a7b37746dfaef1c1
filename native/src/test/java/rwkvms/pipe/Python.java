package rwkvms.pipe;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import rwkvms.child.Child;

/** A Python that has a module: Debian's, or the one on the path. */
public final class Python {
    /** Adapters, whose example is tested here. */
    public static final Path ADAPTERS = Path.of(System.getProperty("rwkvms.root", "..")).resolve("adapters/python")
            .toAbsolutePath().normalize();

    private static final List<String> CANDIDATES = List.of("/usr/bin/python3", "python3");
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** What was found for each module: to ask takes a tenth of a second, and some tests need to know it again and again. */
    private static final Map<String, Optional<String>> FOUND = new HashMap<>();

    private Python() {
    }

    /** The program; empty if none has the module. */
    public static synchronized Optional<String> with(String module) throws InterruptedException {
        Optional<String> found = FOUND.get(module);
        if (found == null) {
            found = find(module);
            FOUND.put(module, found);
        }
        return found;
    }

    private static Optional<String> find(String module) throws InterruptedException {
        for (String candidate : CANDIDATES) {
            if (has(candidate, module)) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    private static boolean has(String python, String module) throws InterruptedException {
        try {
            return new Child(List.of(python, "-c", "import importlib.util as u, sys; sys.exit(u.find_spec('" + module
                    + "') is None)"), Path.of("").toAbsolutePath(), Map.of(), LIMIT).run().succeeded();
        } catch (IOException absent) {
            return false; // there is no such program
        }
    }

    /** Why it is not evaluated, with the line that installs the module. */
    public static String absent(String module) {
        return "no Python has " + module + "; 'apt-get install python3-" + module + "' installs it";
    }
}
