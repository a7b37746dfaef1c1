package rwkvms.parity;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import rwkvms.child.Child;
import rwkvms.nativeruntime.NativeFiles;

/**
 * The C++ runtime from another compiler or with other flags, linked with the same llama.cpp. It is built under {@code
 * target/builds}, and again only if sources or flags have changed.
 */
record BuildVariant(String compiler, String flags) {
    /** Two compilers at three levels of optimisation. */
    static final List<BuildVariant> ALL = List.of(new BuildVariant("g++", "-O0"), new BuildVariant("g++", "-O2"),
            new BuildVariant("g++", "-O3 -march=native"), new BuildVariant("clang++", "-O0"),
            new BuildVariant("clang++", "-O2"), new BuildVariant("clang++", "-O3 -march=native"));

    private static final Path MAIN_BUILD = Cases.ROOT.resolve("native/target/cmake");
    private static final Pattern INCLUDE = Pattern.compile("-isystem (\\S+)");
    /** A build takes 20 s of one core. */
    private static final Duration TIMEOUT = Duration.ofMinutes(10);

    boolean available() {
        return Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, compiler)));
    }

    /** The library, built first if it is missing or old. */
    Path library() throws IOException, InterruptedException {
        Path build = Path.of("target", "builds", name().replaceAll("[^a-z0-9+-]", "")).toAbsolutePath();
        Files.createDirectories(build);
        run(build, "cmake", "-S", Cases.ROOT.resolve("native/src/main/cpp").toString(), "-B", build.toString(),
                "-DCMAKE_CXX_COMPILER=" + compiler, "-DCMAKE_BUILD_TYPE=None", "-DCMAKE_CXX_FLAGS=" + flags,
                "-DRWKV_MS_TESTS=OFF", "-DRWKV_MS_LLAMA_BINARIES=" + NativeFiles.folder(),
                "-DRWKV_MS_LLAMA_HEADERS=" + headers());
        run(build, "cmake", "--build", build.toString(), "--target", "rwkv_ms", "--parallel", "2");
        return build.resolve("lib").resolve(System.mapLibraryName("rwkv_ms"));
    }

    /** The folders of llama.cpp's headers, from the build of the module native. */
    private static String headers() throws IOException {
        Matcher found = INCLUDE
                .matcher(Files.readString(MAIN_BUILD.resolve("CMakeFiles/rwkv_ms.dir/flags.make")));
        return found.results().map(include -> include.group(1)).collect(Collectors.joining(";"));
    }

    /** Runs a program of the build in its folder, to a sound end. */
    static void run(Path build, String... command) throws IOException, InterruptedException {
        Child.Run run = new Child(List.of(command), build, Map.of(), TIMEOUT).run();
        if (!run.succeeded()) {
            throw new IOException(String.join(" ", command) + ": " + run.ending().words() + "\n" + run.out()
                    + run.err());
        }
    }

    String name() {
        return compiler + " " + flags;
    }
}
