package rwkvms.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/**
 * {@code faults/try [--first] FILE…}: judges faults that need no place in the catalogue, with every suite or, with
 * {@code --first}, up to the first that notices the fault. A file is in the catalogue's form, a folder stands for its {@code .yaml}
 * files. It ends with 0 if every fault is noticed (or is expected not to be), with 1
 * if one lives, and with 2 if there is no verdict on one.
 */
public final class Try {
    private static final Path FOLDER = NativeBuild.ROOT.resolve("faults/target/faults");
    private static final int AT_A_TIME = 2;
    private static final Duration LIMIT = Duration.ofSeconds(400);
    private static final int LIVES = 1;
    private static final int NO_VERDICT = 2;
    private static final int USAGE = 64;
    private static final String FIRST = "--first";

    private Try() {
    }

    public static void main(String[] args) throws Exception {
        List<String> paths = new ArrayList<>(List.of(args));
        boolean first = paths.remove(FIRST);
        List<Fault> faults;
        try {
            faults = faults(paths);
        } catch (IllegalArgumentException | IOException e) {
            System.err.println("faults/try: " + e.getMessage());
            System.exit(USAGE);
            return;
        }
        System.exit(judge(faults, first));
    }

    private static List<Fault> faults(List<String> paths) throws IOException {
        List<Fault> faults = new ArrayList<>();
        for (String path : paths) {
            Path given = Path.of(path);
            if (Files.isDirectory(given)) {
                try (Stream<Path> files = Files.list(given)) {
                    files.filter(file -> file.toString().endsWith(".yaml")).sorted()
                            .forEach(file -> faults.addAll(Catalogue.in(file)));
                }
            } else {
                faults.addAll(Catalogue.in(given));
            }
        }
        if (faults.isEmpty()) {
            throw new IllegalArgumentException("expected files with faults, found none");
        }
        return faults;
    }

    private static int judge(List<Fault> faults, boolean first) throws Exception {
        NativeBuild build = NativeBuild.read();
        int code = 0;
        try (ExecutorService pool = Executors.newFixedThreadPool(AT_A_TIME);
                ExecutorService suites = Executors.newFixedThreadPool(AT_A_TIME)) {
            Workshop workshop = Workshop.open(build, FOLDER, faults, pool);
            Judge judge = new Judge(build, FOLDER, first, LIMIT); // while the pool compiles
            List<Future<Verdict>> verdicts = new ArrayList<>();
            for (Fault fault : faults) {
                verdicts.add(pool
                        .submit(() -> verdict(fault, workshop, judge, first ? Optional.empty() : Optional.of(suites))));
            }
            for (Future<Verdict> verdict : verdicts) {
                System.out.println(verdict.get().text());
                code = Math.max(code, verdict.get().code());
            }
        }
        return code;
    }

    private static Verdict verdict(Fault fault, Workshop workshop, Judge judge, Optional<ExecutorService> suites)
            throws Exception {
        long begun = System.nanoTime();
        try {
            Path library = workshop.library(fault);
            Map<Suite, SuiteResult> results = suites.isPresent()
                    ? judge.judgeByAll(fault, library, suites.get())
                    : judge.judge(fault, library);
            return Verdict.of(new KillMatrix.Row(fault, results, (System.nanoTime() - begun) / 1e9));
        } catch (Workshop.NotMade | IOException e) {
            return new Verdict(NO_VERDICT, fault.name() + ": NOT JUDGED: " + e.getMessage());
        }
    }

    private record Verdict(int code, String text) {
        static Verdict of(KillMatrix.Row row) {
            Fault fault = row.fault();
            StringBuilder text = new StringBuilder(String.format(Locale.ROOT, "%s (%s): %s, %.0f s%n", fault.name(),
                    fault.stage().label(), row.killed() ? "killed" : "LIVES", row.seconds()));
            for (Suite suite : Suite.values()) {
                SuiteResult result = row.result(suite);
                text.append(
                        String.format(Locale.ROOT, "  %-13s %-8s %s%n", result.fate(), suite.label(), result.text()));
                if (!row.killed()) {
                    text.append("                         compares ").append(suite.compares())
                            .append(System.lineSeparator());
                }
            }
            if (!row.killed() && fault.expectation() == Fault.Expectation.KILLED) {
                text.append("  A test of this would be in ").append(fault.stage().home()).append('.')
                        .append(System.lineSeparator());
            }
            return new Verdict(row.asExpected() ? 0 : LIVES, text.toString());
        }
    }
}
