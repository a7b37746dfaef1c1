package rwkvms.child;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

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
    }

    /**
     * Runs it with an empty standard input.
     *
     * @throws IOException where it cannot be started at all
     */
    public Run run() throws IOException, InterruptedException {
        long start = System.nanoTime();
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            return watch(process, start);
        } finally {
            kill(process);
        }
    }

    private Run watch(Process process, long start) throws InterruptedException {
        closeQuietly(process.getOutputStream());
        AtomicLong written = new AtomicLong();
        Capture out = Capture.of(process.getInputStream(), written, process);
        Capture err = Capture.of(process.getErrorStream(), written, process);
        boolean ended = process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS);
        Duration time = Duration.ofNanos(System.nanoTime() - start);
        Ending ending = ended ? Ending.of(process.exitValue()) : new Ending.Stalled(limit);
        kill(process);
        String text = out.text();
        String errors = err.text();
        return new Run(written.get() > FLOOD ? new Ending.Flooded(FLOOD) : ending, text, errors, time);
    }

    /** By its handle: a process that is destroyed as such loses what it wrote and nobody has read yet. */
    private static void kill(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        if (process.isAlive()) {
            process.toHandle().destroyForcibly();
        }
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
