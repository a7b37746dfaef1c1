package rwkvms.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import rwkvms.faults.Fault.Expectation;

import rwkvms.child.Child;
import rwkvms.child.ChildJvm;
import rwkvms.child.Ending;
import rwkvms.nativeruntime.NativeFiles;

/**
 * Runs the suites on a faulty library in child processes with limits of time and memory. A crash or a hang of a child counts
 * as noticing the fault; the remaining suites run in the next child.
 */
final class Judge {
    /** For one C++ program; each takes a second. */
    private static final Duration PROGRAM_LIMIT = Duration.ofSeconds(120);
    /** Address space in KiB: the JVM reserves a part of it, and the suites need less than half. */
    private static final long LIMIT_KIB = 6L << 20;
    private static final String SIDECARS = "sidecars";
    private static final int LAST_CHARACTERS = 300;

    /** What judges no equivalent fault in every build: two thirds of what all suites take to notice nothing. */
    private static final Set<Suite> DEAREST = EnumSet.of(Suite.HOOK, Suite.CPP);

    private final NativeBuild build;
    private final Path folder;
    private final boolean stop;
    private final Duration limit;

    /**
     * A judge with a folder for the files of its children and a time limit for each child.
     *
     * @param stop whether the first suite that notices a fault is enough. For a fault outside the math it always is,
     *             because the suites of other concerns take half a minute to find nothing.
     */
    Judge(NativeBuild build, Path folder, boolean stop, Duration limit) throws IOException {
        this.build = build;
        this.folder = folder.toAbsolutePath();
        this.stop = stop;
        this.limit = limit;
        SidecarSuite.prepare(this.folder.resolve(SIDECARS));
    }

    Map<Suite, SuiteResult> judge(Fault fault, Path library) throws IOException, InterruptedException {
        Map<Suite, SuiteResult> results = new EnumMap<>(Suite.class);
        boolean first = stop || !fault.stage().isMath();
        List<Suite> left = order(fault, first);
        if (FaultRuns.DEFAULT && fault.expectation() == Expectation.EQUIVALENT) {
            left.removeAll(DEAREST);
        }
        Set<String> programs = new LinkedHashSet<>(Suite.programs().keySet());
        while (!left.isEmpty()) {
            Suite next = left.getFirst();
            if (next == Suite.CPP && left.lastIndexOf(Suite.CPP) > 0) {
                SuiteResult own = programs(ownPrograms(fault), library);
                programs.removeAll(ownPrograms(fault));
                left.removeFirst();
                if (own.kills()) {
                    results.put(next, own);
                }
            } else if (next == Suite.CPP) {
                results.put(next, programs(programs, library));
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

    /**
     * The order of the matrix; if one suite is enough: for a fault of the math the golden cases, for any other the suite of its
     * stage, or the C++ programs if it has none, then the cheapest. The programs of a stage take less than the start of a JVM and
     * go before its suite, but for the faults of the default run: those show that each suite notices something.
     */
    private static List<Suite> order(Fault fault, boolean first) {
        if (!first) {
            return new ArrayList<>(List.of(Suite.values()));
        }
        boolean math = fault.stage().isMath();
        Set<Suite> order = new LinkedHashSet<>(math ? Set.of(Suite.GOLDEN) : Set.of());
        for (Suite suite : Suite.values()) {
            if (suite.stage().equals(Optional.of(fault.stage()))) {
                order.add(suite);
            }
        }
        if (fault.stage() == FaultStage.PROCESS) {
            order.add(Suite.CPP);
        }
        order.addAll(List.of(Suite.GOLDEN, Suite.NATIVE, Suite.SIDECAR, Suite.CPP, Suite.STATE, Suite.HOOK));
        List<Suite> all = new ArrayList<>(order);
        if (!ownPrograms(fault).isEmpty() && (!fault.inDefault() || fault.stage() == FaultStage.PROCESS)) {
            all.add(math ? 1 : 0, Suite.CPP); // those of the stage alone
        }
        return all;
    }

    private static List<String> ownPrograms(Fault fault) {
        return Suite.programs().entrySet().stream()
                .filter(program -> program.getValue().equals(Optional.of(fault.stage()))).map(Map.Entry::getKey)
                .toList();
    }

    /** All suites, whatever notices the fault, side by side on the threads of the pool; the dearest begin. */
    Map<Suite, SuiteResult> judgeByAll(Fault fault, Path library, ExecutorService pool) throws Exception {
        List<Callable<Map<Suite, SuiteResult>>> parts = new ArrayList<>(List.of(
                () -> part(fault, library, List.of(Suite.HOOK)),
                () -> part(fault, library, List.of(Suite.STATE, Suite.NATIVE)),
                () -> part(fault, library, List.of(Suite.GOLDEN, Suite.SIDECAR))));
        AtomicBoolean noticed = new AtomicBoolean(); // by a program: the suite has noticed it
        for (String name : List.copyOf(Suite.programs().keySet()).reversed()) {
            parts.add(() -> {
                SuiteResult result = noticed.get() ? new SuiteResult.Passed(0) : programs(List.of(name), library);
                noticed.compareAndSet(false, result.kills());
                return Map.of(Suite.CPP, result);
            });
        }
        Map<Suite, SuiteResult> results = new EnumMap<>(Suite.class);
        for (Future<Map<Suite, SuiteResult>> part : pool.invokeAll(parts)) {
            part.get().forEach((suite, result) -> results.merge(suite, result, Judge::together));
        }
        return results;
    }

    private static SuiteResult together(SuiteResult one, SuiteResult other) {
        return one instanceof SuiteResult.Passed(int checks) && other instanceof SuiteResult.Passed(int more)
                ? new SuiteResult.Passed(checks + more)
                : one.kills() ? one : other;
    }

    private Map<Suite, SuiteResult> part(Fault fault, Path library, List<Suite> suites)
            throws IOException, InterruptedException {
        Map<Suite, SuiteResult> results = new EnumMap<>(Suite.class);
        while (results.size() < suites.size()) {
            children(suites.stream().filter(suite -> !results.containsKey(suite)).toList(), false, fault, library,
                    results);
        }
        return results;
    }

    /** Runs one child; suites that it does not reach are left to the next. */
    private void children(List<Suite> suites, boolean first, Fault fault, Path library,
            Map<Suite, SuiteResult> results)
            throws IOException, InterruptedException {
        Path work = Files.createDirectories(
                folder.resolve("work").resolve(fault.name() + "-" + suites.getFirst().label()));
        Path target = Files.createDirectories(work.resolve("target"));
        Path said = work.resolve("results.txt");
        Files.deleteIfExists(said);
        List<String> arguments = new ArrayList<>(List.of(said.toString(), "" + first));
        suites.forEach(suite -> arguments.add(suite.name()));
        boolean asked = fault.stage().isMath() && FaultRuns.NAMES;
        List<String> options = List.of("-Xmx512m", "-XX:ReservedCodeCacheSize=64m", "-XX:CompressedClassSpaceSize=96m",
                "-Djava.awt.headless=true", "-Drwkvms.root=" + NativeBuild.ROOT,
                "-D" + GoldenSuite.ASKED + "=" + asked, "-D" + TestClasses.FEW + "=" + FaultRuns.DEFAULT,
                "-D" + NativeFiles.FOLDER_PROPERTY + "=" + library,
                "-D" + SidecarSuite.FOLDER_PROPERTY + "=" + folder.resolve(SIDECARS),
                "-Dallure.results.directory=" + target.resolve("allure-results"));
        Child.Run run = ChildJvm.of(SuiteRun.class, options, arguments, target, limit).in(work).within(LIMIT_KIB).run();
        Optional<Suite> open = read(said, results);
        if (open.isPresent()) {
            results.put(open.get(), new SuiteResult.Crashed(open.get().stage(), words(run)));
        } else if (!run.succeeded() || suites.stream().noneMatch(results::containsKey)) {
            throw new IOException("fault " + fault.name() + ": the judging process ended between suites: "
                    + words(run));
        }
    }

    /** Adds the results that a child wrote, and returns the suite that it did not finish. */
    private static Optional<Suite> read(Path said, Map<Suite, SuiteResult> results) throws IOException {
        Optional<Suite> open = Optional.empty();
        List<String> named = new ArrayList<>();
        for (String line : Files.exists(said) ? Files.readAllLines(said) : List.<String>of()) {
            String[] words = line.split(" ", 3);
            if (words[0].equals(SuiteRun.BEGIN)) {
                open = Optional.of(Suite.valueOf(words[1]));
                named.clear();
                continue;
            }
            if (words[0].equals(SuiteRun.NAMED)) {
                named.add(line.substring(SuiteRun.NAMED.length() + 1));
                continue;
            }
            results.put(open.orElseThrow(), words[0].equals(SuiteRun.PASSED)
                    ? new SuiteResult.Passed(Integer.parseInt(words[1]))
                    : new SuiteResult.Failed(words[1].equals(SuiteRun.NO_STAGE)
                            ? Optional.empty()
                            : Optional.of(FaultStage.valueOf(words[1])), words[2], List.copyOf(named)));
            open = Optional.empty();
        }
        return open;
    }

    private SuiteResult programs(Collection<String> names, Path library) throws IOException, InterruptedException {
        int passed = 0;
        for (String name : names) {
            Child.Run run = new Child(List.of(build.build().resolve("bin").resolve(name).toString()), library,
                    Map.of("LD_LIBRARY_PATH", library.toString(), "RWKV_MS_TEST_NAME",
                            name + "-" + library.getFileName(), "RWKV_MS_TEST_FIRST", "1", "GGML_NO_BACKTRACE", "1"),
                    PROGRAM_LIMIT).within(LIMIT_KIB).run();
            if (!run.succeeded()) {
                List<String> said = (run.out() + run.err()).lines().filter(line -> !line.startsWith("passed "))
                        .toList();
                Optional<String> failed = said.stream().filter(line -> line.startsWith("FAILED ")).findFirst();
                Optional<FaultStage> stage = failed.map(line -> Suite.tests().get(name + ": " + line.substring(7)))
                        .or(() -> Suite.programs().get(name))
                        .or(() -> SuiteRun.stageOf(String.join("\n", said)));
                return failed.isPresent() && run.ending().equals(new Ending.Exited(1))
                        ? new SuiteResult.Failed(stage, name + ": " + failed.get().substring(7))
                        : new SuiteResult.Crashed(stage, name + ": " + words(run));
            }
            passed++;
        }
        return new SuiteResult.Passed(passed);
    }

    /** How a child ended, and the last characters of its output. */
    private static String words(Child.Run run) {
        String line = (run.out() + run.err()).strip().replace('\n', ' ');
        return run.ending().words() + ": " + line.substring(Math.max(0, line.length() - LAST_CHARACTERS));
    }
}
