package rwkvms.child;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;

/**
 * A program that is not trusted to end. It runs within a time limit, and its output is captured up to a size; beyond
 * either limit it is killed with everything that it started.
 *
 * @param environment variables in addition to those of this process
 */
public record Child(List<String> command, Path folder, Map<String, String> environment, Duration limit) {
    /** The maximum output of both streams together; a verdict is one line, a log some hundred. */
    static final long FLOOD = 64L << 20;
    /** The time between two looks at the progress of a child. */
    private static final Duration POLL = Duration.ofMillis(20);
    /** The variables from which a JVM takes options, with a message; a child gets its options on its command line. */
    private static final List<String> JVM_OPTIONS = List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS");

    public Child {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }

    /**
     * The result of a run.
     *
     * @param out standard output, at most the first 64 KiB
     * @param err standard error, likewise
     */
    public record Run(Ending ending, String out, String err, Duration time) {
        /** Whether the program ended by itself with exit code 0. */
        public boolean succeeded() {
            return ending.equals(new Ending.Exited(0));
        }
    }

    /** The same program in another working folder. */
    public Child in(Path other) {
        return new Child(command, other, environment, limit);
    }

    /** The same program with more variables. */
    public Child with(Map<String, String> more) {
        Map<String, String> all = new HashMap<>(environment);
        all.putAll(more);
        return new Child(command, folder, all, limit);
    }

    /** The same program with a limit of its address space in KiB, if the shell knows such a limit. */
    public Child within(long kib) {
        List<String> limited = new ArrayList<>(
                List.of("sh", "-c", "ulimit -c 0; ulimit -v " + kib + " || true; exec \"$@\"", "sh"));
        limited.addAll(command);
        return new Child(limited, folder, environment, limit);
    }

    /**
     * Runs the program with an empty standard input.
     *
     * @throws IOException if it cannot be started at all
     */
    public Run run() throws IOException, InterruptedException {
        return run(() -> 0);
    }

    /**
     * Runs a program that works step by step; the time limit is that of one step.
     *
     * @param steps returns the number of finished steps, and is called again and again
     */
    public Run run(IntSupplier steps) throws IOException, InterruptedException {
        long start = System.nanoTime();
        Process process = start(false);
        try {
            return watch(process, start, steps);
        } finally {
            kill(process);
        }
    }

    /**
     * Starts the program for a caller that reads its output, which includes standard error, and ends it with
     * {@link #kill}.
     */
    public Process start() throws IOException {
        return start(true);
    }

    /** Starts the program for a caller that keeps its streams apart. */
    Process start(boolean merged) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(merged);
        builder.environment().keySet().removeAll(JVM_OPTIONS);
        builder.environment().putAll(environment);
        return Descendants.start(builder);
    }

    private Run watch(Process process, long start, IntSupplier steps) throws InterruptedException {
        closeQuietly(process.getOutputStream());
        AtomicLong written = new AtomicLong();
        Capture out = Capture.of(process.getInputStream(), written, process);
        Capture err = Capture.of(process.getErrorStream(), written, process);
        boolean ended = ends(process, steps);
        Duration time = Duration.ofNanos(System.nanoTime() - start);
        Ending ending = ended ? Ending.of(process.exitValue()) : new Ending.Stalled(limit);
        kill(process);
        String text = out.text();
        String errors = err.text();
        return new Run(written.get() > FLOOD ? new Ending.Flooded(FLOOD) : ending, text, errors, time);
    }

    /** Whether the program ends by itself without a step that takes longer than the limit. */
    private boolean ends(Process process, IntSupplier steps) throws InterruptedException {
        int done = steps.getAsInt();
        long since = System.nanoTime();
        while (true) {
            long left = limit.toNanos() - (System.nanoTime() - since);
            if (process.waitFor(Math.min(left, POLL.toNanos()), TimeUnit.NANOSECONDS)) {
                return true;
            }
            int now = steps.getAsInt();
            if (now != done) {
                done = now;
                since = System.nanoTime();
            } else if (left <= 0) {
                return false;
            }
        }
    }

    /**
     * Ends a process and everything that it started. It uses the handle, because {@link Process#destroyForcibly} loses
     * output that nobody has read yet.
     */
    public static void kill(Process process) {
        if (process.isAlive()) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.toHandle().destroyForcibly();
        }
        Descendants.kill(process);
    }

    private static void closeQuietly(OutputStream stream) {
        try {
            stream.close();
        } catch (IOException ignored) {
            // The program has ended already; its ending tells how.
        }
    }
}
