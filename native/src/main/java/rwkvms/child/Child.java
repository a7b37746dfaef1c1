package rwkvms.child;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
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
 * Runs a program that is not trusted to end: within a time limit, its output captured up to a size, killed with all that it
 * started where it goes beyond either.
 *
 * @param environment variables beside those of this process
 */
public record Child(List<String> command, Path folder, Map<String, String> environment, Duration limit) {
    /** Of each stream so much is kept: the beginning, where a program says what is wrong. */
    static final int KEPT = 1 << 16;
    /** Of both streams together; a verdict is a line, a log some hundred. */
    static final long FLOOD = 64L << 20;
    /** How often a child is asked how far it has come. */
    private static final Duration POLL = Duration.ofMillis(20);
    /** Options that a JVM takes from its environment, and says so; a child has its own on its command line. */
    private static final List<String> JVM_OPTIONS = List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS");
    /** So long the readers may take after the program is gone; only one of its children could keep a stream open. */
    private static final Duration READERS = Duration.ofSeconds(2);

    public Child {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }

    /**
     * What a run left.
     *
     * @param out standard output, at most the first 64 KiB
     * @param err standard error, likewise
     */
    public record Run(Ending ending, String out, String err, Duration time) {
        /** Whether it ended by itself, with exit code 0. */
        public boolean succeeded() {
            return ending.equals(new Ending.Exited(0));
        }
    }

    /** The same in another working folder. */
    public Child in(Path other) {
        return new Child(command, other, environment, limit);
    }

    /** The same with more environment. */
    public Child with(Map<String, String> more) {
        Map<String, String> all = new HashMap<>(environment);
        all.putAll(more);
        return new Child(command, folder, all, limit);
    }

    /** The same with so many KiB of address space; where the shell knows no such limit, it goes on without. */
    public Child within(long kib) {
        List<String> limited = new ArrayList<>(
                List.of("sh", "-c", "ulimit -c 0; ulimit -v " + kib + " || true; exec \"$@\"", "sh"));
        limited.addAll(command);
        return new Child(limited, folder, environment, limit);
    }

    /**
     * Runs it with an empty standard input.
     *
     * @throws IOException where it cannot be started at all
     */
    public Run run() throws IOException, InterruptedException {
        return run(() -> 0);
    }

    /**
     * The same for a child that works step by step: the limit is of one step.
     *
     * @param steps asked again and again for the number of steps that are done
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

    /** Starts it for a caller who reads what it writes, standard error among it, and who ends it with {@link #kill}. */
    public Process start() throws IOException {
        return start(true);
    }

    private Process start(boolean merged) throws IOException {
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

    /** Whether it ends by itself, no step taking longer than the limit. */
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
     * Ends a process and all that it started. By its handle: a process that is destroyed as such loses what it wrote and
     * nobody has read yet.
     */
    public static void kill(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        if (process.isAlive()) {
            process.toHandle().destroyForcibly();
        }
        Descendants.kill(process);
    }

    private static void closeQuietly(OutputStream stream) {
        try {
            stream.close();
        } catch (IOException ignored) {
            // The program is gone already; its ending tells.
        }
    }

    /** The beginning of a stream, read to its end by a thread of its own. */
    private static final class Capture {
        private final InputStream stream;
        private final AtomicLong written;
        private final Process process;
        private final byte[] kept = new byte[KEPT];
        private final Thread reader;
        private volatile int size;

        private Capture(InputStream stream, AtomicLong written, Process process) {
            this.stream = stream;
            this.written = written;
            this.process = process;
            this.reader = Thread.ofVirtual().unstarted(this::read);
        }

        static Capture of(InputStream stream, AtomicLong written, Process process) {
            Capture capture = new Capture(stream, written, process);
            capture.reader.start();
            return capture;
        }

        private void read() {
            byte[] block = new byte[1 << 13];
            int filled = 0;
            try {
                for (int n = stream.read(block); n >= 0; n = stream.read(block)) {
                    int room = Math.min(n, KEPT - filled);
                    System.arraycopy(block, 0, kept, filled, room);
                    filled += room;
                    size = filled;
                    if (written.addAndGet(n) > FLOOD) {
                        kill(process);
                    }
                }
            } catch (IOException ignored) {
                // A stream that is closed under the reader has given all that it will give.
            }
        }

        /** Control characters other than line ends and tabs become blanks: the text goes to a terminal. */
        String text() throws InterruptedException {
            reader.join(READERS);
            return new String(kept, 0, size, StandardCharsets.UTF_8).replaceAll("[\\p{Cntrl}&&[^\n\r\t]]", " ");
        }
    }
}
