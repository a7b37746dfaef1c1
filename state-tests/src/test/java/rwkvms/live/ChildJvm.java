package rwkvms.live;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * A main class of the tests in a process of its own, with a limit on its memory: what may abort, allocate without bound or is
 * to be killed runs here, and the JVM of the suite goes on.
 *
 * @param exit code of the process, above 128 where a signal ended it
 */
record ChildJvm(int exit, String out, String err) {
    /** Exit code of a child that could not start on this machine, such as on a CPU variant beyond it. */
    static final int NOT_EVALUATED = 3;

    private static final Path ROOT = Path.of(System.getProperty("rwkvms.root", "..")).toAbsolutePath().normalize();
    /** A child takes a second or two; one that hangs must not hold the build. */
    private static final long TIMEOUT_SECONDS = 120;
    /** Address space in KiB: a JVM with small regions, llama.cpp and a tiny model need less than half of it. */
    private static final long ADDRESS_SPACE = 4L << 20;

    /** A child that still runs. */
    record Running(Process process, Path out, Path err) implements AutoCloseable {
        /** Waits to its end. */
        ChildJvm await() throws IOException, InterruptedException {
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                throw new IOException("child: expected an end within " + TIMEOUT_SECONDS + " s, found none; it said: "
                        + Files.readString(out) + Files.readString(err));
            }
            return new ChildJvm(process.exitValue(), Files.readString(out), Files.readString(err));
        }

        @Override
        public void close() throws IOException {
            process.destroyForcibly();
            Files.delete(out);
            Files.delete(err);
        }
    }

    /** Runs a main class to its end. */
    static ChildJvm run(Class<?> main, Object... arguments) throws IOException, InterruptedException {
        return run(Map.of(), main, arguments);
    }

    /** As {@link #run}, with more environment. */
    static ChildJvm run(Map<String, String> environment, Class<?> main, Object... arguments)
            throws IOException, InterruptedException {
        try (Running child = start(environment, main, arguments)) {
            return child.await();
        }
    }

    static Running start(Map<String, String> environment, Class<?> main, Object... arguments) throws IOException {
        Path target = Files.createDirectories(Path.of("target"));
        Path out = Files.createTempFile(target, "child-", ".out");
        Path err = Files.createTempFile(target, "child-", ".err");
        List<String> command = new ArrayList<>(List.of("sh", "-c", "ulimit -v " + ADDRESS_SPACE + " && exec \"$@\"",
                "child", Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx256m", "-XX:ReservedCodeCacheSize=48m",
                "-XX:CompressedClassSpaceSize=64m", "--enable-native-access=ALL-UNNAMED", "-Drwkvms.root=" + ROOT,
                "-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=" + target.toAbsolutePath() + "/hs_err_%p.log", "-cp",
                System.getProperty("java.class.path"), main.getName()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().putAll(new TreeMap<>(environment));
        builder.environment().put("GGML_NO_BACKTRACE", "1");
        // Each arena reserves 64 MiB of the address space, and glibc makes eight of them a core.
        builder.environment().put("MALLOC_ARENA_MAX", "2");
        return new Running(builder.start(), out, err);
    }
}
