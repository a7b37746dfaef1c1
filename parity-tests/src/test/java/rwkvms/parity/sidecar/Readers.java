package rwkvms.parity.sidecar;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import rwkvms.child.Child;
import rwkvms.child.ChildJvm;

/**
 * Runs {@link ReaderRun} over files in child processes with a memory limit. A child that crashes or hangs is recorded as the
 * ending of its step, and the next child continues after that step.
 */
final class Readers {
    /** For one step: it takes milliseconds, and the first of a child also loads the libraries. */
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    /** Address space of a child in KiB; the JVM reserves a part of it. */
    private static final long LIMIT_KIB = 3L << 20;
    /** Lines kept of a child's output; the last ones say why it ended. */
    private static final int LAST_LINES = 60;

    record Observed(Ending ending, String said) {
        /** The status code, which the C++ runtime puts first. */
        String status() {
            return said.split(" ", 2)[0];
        }
    }

    enum Ending {
        ACCEPTS,
        REFUSES,
        /** ggml's own assertion ended the process. */
        ABORTS,
        /** A signal ended the process, or it ended in another unexpected way. */
        CRASHES,
        TIMEOUT
    }

    private final List<SidecarCase> cases;
    private final Path list;
    private final List<Map<ReaderStep, Observed>> observed = new ArrayList<>();
    private int children;

    private Readers(List<SidecarCase> cases, Path list) {
        this.cases = cases;
        this.list = list;
        cases.forEach(each -> observed.add(new EnumMap<>(ReaderStep.class)));
    }

    static Readers run(List<SidecarCase> cases, Path folder) throws IOException, InterruptedException {
        Path list = Files.write(folder.resolve("list.txt"), cases.stream().map(Readers::line).toList());
        Readers readers = new Readers(cases, list);
        try (ScheduledExecutorService watchdog = Executors.newSingleThreadScheduledExecutor()) {
            int line = 0;
            ReaderStep step = ReaderStep.GGML_HEADER;
            while (line < cases.size()) {
                Position ended = readers.child(line, step, watchdog);
                if (ended == null) {
                    break;
                }
                boolean last = ended.step() == ReaderStep.CPP;
                line = last ? ended.line() + 1 : ended.line();
                step = last ? ReaderStep.GGML_HEADER : ReaderStep.CPP;
            }
        }
        return readers;
    }

    private static String line(SidecarCase each) {
        return each.file() + each.base().map(base -> "\t" + base).orElse("");
    }

    Map<ReaderStep, Observed> of(int index) {
        return observed.get(index);
    }

    /** The number of processes that were needed. */
    int children() {
        return children;
    }

    private record Position(int line, ReaderStep step) {
    }

    /** Runs one child from a position on; returns the position at which it ended early, or null. */
    private @Nullable Position child(int line, ReaderStep step, ScheduledExecutorService watchdog)
            throws IOException, InterruptedException {
        children++;
        Process process = start(line, step);
        boolean[] late = new boolean[1];
        Position at = null;
        Deque<String> lastLines = new ArrayDeque<>();
        try (BufferedReader out = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            ScheduledFuture<?> alarm = arm(process, late, watchdog);
            for (String text = out.readLine(); text != null; text = out.readLine()) {
                String[] words = text.split(" ", 3);
                if (words[0].equals(ReaderRun.BEGIN)) {
                    at = new Position(Integer.parseInt(words[1]), ReaderStep.valueOf(words[2]));
                    alarm.cancel(false);
                    alarm = arm(process, late, watchdog);
                } else if (words[0].equals(ReaderRun.END) && at != null) {
                    Ending ending = words[1].equals(ReaderRun.ACCEPTS) ? Ending.ACCEPTS : Ending.REFUSES;
                    observed.get(at.line()).put(at.step(), new Observed(ending, words.length > 2 ? words[2] : ""));
                    at = null;
                } else {
                    lastLines.addLast(text);
                    if (lastLines.size() > LAST_LINES) {
                        lastLines.removeFirst();
                    }
                }
            }
            alarm.cancel(false);
        }
        int exit = process.waitFor();
        if (at == null) {
            if (exit != 0) {
                throw new IllegalStateException("the readers' process ended with " + exit + " between files: "
                        + String.join("\n", lastLines));
            }
            return null;
        }
        String said = String.join(" ", lastLines);
        observed.get(at.line()).put(at.step(), new Observed(ending(late[0], said), "exit code " + exit + ": " + said));
        return at;
    }

    private static Ending ending(boolean late, String said) {
        if (late) {
            return Ending.TIMEOUT;
        }
        boolean asserted = said.contains("GGML_ASSERT") || said.contains("ggml_abort") || said.contains("ggml_init");
        return asserted && !said.contains("SIGSEGV") && !said.contains("SIGBUS") ? Ending.ABORTS : Ending.CRASHES;
    }

    private static ScheduledFuture<?> arm(Process process, boolean[] late, ScheduledExecutorService watchdog) {
        return watchdog.schedule(() -> {
            late[0] = true;
            Child.kill(process);
        }, TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    }

    private Process start(int line, ReaderStep step) throws IOException {
        List<String> options = List.of("-Xmx128m", "-XX:ReservedCodeCacheSize=32m", "-XX:CompressedClassSpaceSize=32m",
                "-Drwkvms.root=" + System.getProperty("rwkvms.root", "."));
        return ChildJvm.of(ReaderRun.class, options, List.of(list.toString(), "" + line, step.name()),
                Path.of("target").toAbsolutePath(), TIMEOUT).within(LIMIT_KIB).start();
    }
}
