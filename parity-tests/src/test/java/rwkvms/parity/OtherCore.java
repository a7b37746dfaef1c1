package rwkvms.parity;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import rwkvms.file.Sha256;

/**
 * The C++ runtime with the flags that differ most from those of the build, in the files that compute by themselves; the objects of the
 * others, which move values or have ggml compute them, are the build's own. A whole library, as {@link BuildVariant} makes it, takes
 * six times as long for the same values. It is made under {@code target/builds}, and again only if sources or flags have changed.
 */
final class OtherCore {
    private static final String FLAGS = "-O3 -march=native";
    static final String NAME = FLAGS + " where it computes";

    private static final Path BUILD = Cases.ROOT.resolve("native/target/cmake");
    private static final Path TARGET = BUILD.resolve("CMakeFiles/rwkv_ms.dir");
    private static final String LIBRARY = System.mapLibraryName("rwkv_ms");
    private static final Pattern OUTPUT = Pattern.compile(" -o \\S+");
    /** The groups of files in CMakeLists.txt that compute by themselves. */
    private static final Pattern ARITHMETIC = Pattern.compile(" (\\S*unity_arithmetic_\\w*cxx\\.cxx)\\.o");

    private OtherCore() {
    }

    static Path library() throws IOException, InterruptedException {
        String linking = Files.readString(TARGET.resolve("link.txt")).strip();
        List<Path> groups = ARITHMETIC.matcher(linking).results().map(group -> BUILD.resolve(group.group(1))).toList();
        if (groups.isEmpty()) {
            throw new IOException(
                    TARGET.resolve("link.txt") + ": expected an object unity_arithmetic_cxx.cxx.o, found none");
        }
        String made = Files.readString(TARGET.resolve("flags.make"));
        String compile = String.join(" ", linking.substring(0, linking.indexOf(' ')), variable(made, "CXX_DEFINES"),
                variable(made, "CXX_INCLUDES"), variable(made, "CXX_FLAGS"), FLAGS);
        // A library is as old as the newest object of the build.
        Path folder = Path.of("target", "builds", "core-" + Sha256.of(compile + linking + Files.getLastModifiedTime(
                BUILD.resolve("lib").resolve(LIBRARY))).substring(0, 16)).toAbsolutePath();
        Path library = folder.resolve(LIBRARY);
        if (Files.exists(library)) {
            return library;
        }
        Files.createDirectories(folder);
        try (Stream<Path> files = Files.list(BUILD.resolve("lib"))) {
            for (Path file : files.filter(file -> !file.endsWith(LIBRARY)).toList()) {
                Path link = folder.resolve(file.getFileName());
                Files.deleteIfExists(link);
                Files.createSymbolicLink(link, file);
            }
        }
        Path source = Files.writeString(folder.resolve("arithmetic.cpp"), groups.stream()
                .map(group -> "#include \"" + group + "\"\n").collect(Collectors.joining()));
        Path object = folder.resolve("arithmetic.o");
        Path unfinished = folder.resolve("new-" + LIBRARY);
        BuildVariant.run(BUILD, "sh", "-c", compile + " -c " + source + " -o " + object);
        String others = ARITHMETIC.matcher(linking).replaceAll("");
        BuildVariant.run(BUILD, "sh", "-c", OUTPUT.matcher(others)
                .replaceFirst(Matcher.quoteReplacement(" -o " + unfinished + " " + object)));
        return Files.move(unfinished, library);
    }

    private static String variable(String makefile, String name) {
        return makefile.lines().filter(line -> line.startsWith(name + " =")).findFirst()
                .map(line -> line.substring(name.length() + 2).strip()).orElse("");
    }
}
