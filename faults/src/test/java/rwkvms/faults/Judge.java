package rwkvms.faults;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Runs the suites on a faulty library in child processes, with limits of time and memory. A child that ends before its time
 * or hangs has noticed the fault, in its way; the suites behind go on in the next.
 */
final class Judge {
    /** Of one C++ program; each takes a second. */
    private static final long PROGRAM_SECONDS = 120;
    /** Address space in KiB: the JVM reserves a part of it, and the suites need less than half. */
    private static final long LIMIT_KIB = 6L << 20;
    private static final String SIDECARS = "sidecars";
    private static final int LAST_CHARACTERS = 300;

    private final NativeBuild build;
    private final Path folder;
    private final boolean stop;
    private final int timeoutSeconds;

    /**
     * A judge.
     *
     * @param folder         for files of the children
     * @param stop           whether the first suite that notices a fault is enough for all; for one outside the math it
     *                       always is, because the suites of other concerns take half a minute to find nothing
     * @param timeoutSeconds of one child
     */
    Judge(NativeBuild build, Path folder, boolean stop, int timeoutSeconds) throws IOException {
        this.build = build;
        this.folder = folder.toAbsolutePath();
        this.stop = stop;
        this.timeoutSeconds = timeoutSeconds;
        SidecarSuite.prepare(this.folder.resolve(SIDECARS));
    }

    /** What each suite makes of a library. */
    Map<Suite, SuiteResult> judge(Fault fault, Path library) throws IOException, InterruptedException {
        Map<Suite, SuiteResult> results = new EnumMap<>(Suite.class);
        boolean first = stop || !fault.stage().isMath();
        List<Suite> left = order(fault, first);
        while (!left.isEmpty()) {
            Suite next = left.getFirst();
            if (next == Suite.CPP) {
                results.put(next, programs(library));
            } else {
                children(left.stream().takeWhile(suite -> suite != Suite.CPP).toList(), first, fault, library, results);
            }
            left.removeAll(results.keySet());
            if (first && results.values().stream().anyMatch(SuiteResult::kills)) {
                break;
            }
        }
        for (Suite suite : Suite.values()) {
            results.putIfAbsent(suite, new SuiteResult.NotRun());
        }
        return results;
    }

    /** That of the matrix; where one is enough: the golden cases, the suite of the fault's own stage, the cheapest first. */
    private static List<Suite> order(Fault fault, boolean first) {
        if (!first) {
            return new ArrayList<>(List.of(Suite.values()));
        }
        Set<Suite> order = new LinkedHashSet<>(Set.of(Suite.GOLDEN));
        for (Suite suite : Suite.values()) {
            if (suite.stage().equals(Optional.of(fault.stage()))) {
                order.add(suite);
            }
        }
        order.addAll(List.of(Suite.NATIVE, Suite.SIDECAR, Suite.CPP, Suite.STATE, Suite.HOOK));
        return new ArrayList<>(order);
    }

    /** One child; what it leaves out is for the next. */
    private void children(List<Suite> suites, boolean first, Fault fault, Path library,
            Map<Suite, SuiteResult> results)
            throws IOException, InterruptedException {
        Path work = Files.createDirectories(folder.resolve("work").resolve(fault.name()));
        Path target = Files.createDirectories(work.resolve("target"));
        Path said = work.resolve("results.txt");
        Path log = work.resolve("log.txt");
        Files.deleteIfExists(said);
        List<String> command = new ArrayList<>(List.of("sh", "-c",
                "ulimit -c 0; ulimit -v " + LIMIT_KIB + " || true; exec \"$@\"", "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx512m", "-XX:ReservedCodeCacheSize=64m",
                "-XX:CompressedClassSpaceSize=96m", "-Djava.awt.headless=true", "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=" + target.resolve("hs_err.log"), "--enable-native-access=ALL-UNNAMED",
                "-Drwkvms.root=" + NativeBuild.ROOT, "-Drwkvms.native=" + library,
                "-D" + SidecarSuite.FOLDER_PROPERTY + "=" + folder.resolve(SIDECARS),
                "-Dallure.results.directory=" + target.resolve("allure-results"), "-cp",
                System.getProperty("java.class.path"), SuiteRun.class.getName(), said.toString(), "" + first));
        suites.forEach(suite -> command.add(suite.name()));
        ProcessBuilder builder = new ProcessBuilder(command).directory(work.toFile()).redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("GGML_NO_BACKTRACE", "1");
        Process process = builder.start();
        boolean ended = process.waitFor(timeoutSeconds, TimeUnit.SECONDS);
        if (!ended) {
            process.destroyForcibly().waitFor();
        }
        Optional<Suite> open = read(said, results);
        if (open.isPresent()) {
            results.put(open.get(), new SuiteResult.Crashed(ended
                    ? "exit code " + process.exitValue() + ": " + last(log)
                    : "no end within " + timeoutSeconds + " s"));
        } else if (process.exitValue() != 0 || suites.stream().noneMatch(results::containsKey)) {
            throw new IOException("fault " + fault.name() + ": the judging process ended with " + process.exitValue()
                    + " between suites: " + last(log));
        }
    }

    /** Takes what a child has said; the suite it did not come back from. */
    private static Optional<Suite> read(Path said, Map<Suite, SuiteResult> results) throws IOException {
        Optional<Suite> open = Optional.empty();
        for (String line : Files.exists(said) ? Files.readAllLines(said) : List.<String>of()) {
            String[] words = line.split(" ", 3);
            if (words[0].equals(SuiteRun.BEGIN)) {
                open = Optional.of(Suite.valueOf(words[1]));
                continue;
            }
            results.put(open.orElseThrow(), words[0].equals(SuiteRun.PASSED)
                    ? new SuiteResult.Passed(Integer.parseInt(words[1]))
                    : new SuiteResult.Failed(words[1].equals(SuiteRun.NO_STAGE)
                            ? Optional.empty()
                            : Optional.of(FaultStage.valueOf(words[1])), words[2]));
            open = Optional.empty();
        }
        return open;
    }

    private SuiteResult programs(Path library) throws IOException, InterruptedException {
        int passed = 0;
        for (String name : Suite.programs().keySet()) {
            Path log = Files.createTempFile(folder, name, ".log");
            ProcessBuilder builder = new ProcessBuilder("sh", "-c", "ulimit -c 0; exec \"$@\"", "sh",
                    build.build().resolve("bin").resolve(name).toString()).directory(library.toFile())
                    .redirectErrorStream(true).redirectOutput(log.toFile());
            builder.environment().put("LD_LIBRARY_PATH", library.toString());
            builder.environment().put("RWKV_MS_TEST_NAME", name + "-" + library.getFileName());
            builder.environment().put("GGML_NO_BACKTRACE", "1");
            Process process = builder.start();
            boolean ended = process.waitFor(PROGRAM_SECONDS, TimeUnit.SECONDS);
            if (!ended) {
                process.destroyForcibly().waitFor();
                Files.delete(log);
                return new SuiteResult.Crashed(name + ": no end within " + PROGRAM_SECONDS + " s");
            }
            String text = Files.readString(log, StandardCharsets.ISO_8859_1);
            Files.delete(log);
            if (process.exitValue() != 0) {
                Optional<String> failed = text.lines().filter(line -> line.startsWith("FAILED ")).findFirst();
                return failed.isPresent() && process.exitValue() == 1
                        ? new SuiteResult.Failed(Suite.programs().get(name), name + ": " + failed.get().substring(7))
                        : new SuiteResult.Crashed(name + ": exit code " + process.exitValue() + ": " + end(text));
            }
            passed++;
        }
        return new SuiteResult.Passed(passed);
    }

    private static String last(Path log) throws IOException {
        return end(Files.readString(log, StandardCharsets.ISO_8859_1));
    }

    private static String end(String text) {
        String line = text.strip().replace('\n', ' ');
        return line.substring(Math.max(0, line.length() - LAST_CHARACTERS));
    }
}
