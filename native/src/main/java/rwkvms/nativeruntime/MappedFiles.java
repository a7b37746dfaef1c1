package rwkvms.nativeruntime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/**
 * The shared libraries that this process really runs. What a loader finds depends on variables such as LD_LIBRARY_PATH,
 * and need not be what is beside a library.
 */
public final class MappedFiles {
    private static final Path MAPS = Path.of("/proc/self/maps");
    /** The names of libraries of llama.cpp and of this suite. */
    private static final String NAMES = "lib(ggml|llama|rwkv_ms)[^/]*";

    private MappedFiles() {
    }

    /** The files of llama.cpp and of this suite in name order; empty if the system does not list them. */
    public static List<Path> ofLlamaCpp() throws IOException {
        return Files.exists(MAPS) ? of(Files.readAllLines(MAPS)) : List.of();
    }

    /** The files in lines such as {@code 7f00-7f01 r-xp 00000000 08:01 42 /lib/libggml.so}. */
    static List<Path> of(List<String> maps) {
        return maps.stream().filter(line -> line.indexOf('/') > 0)
                .map(line -> Path.of(line.substring(line.indexOf('/')))).filter(file -> name(file).matches(NAMES))
                .distinct().sorted(Comparator.comparing(MappedFiles::name)).toList();
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }
}
