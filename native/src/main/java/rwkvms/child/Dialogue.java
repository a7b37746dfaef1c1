package rwkvms.child;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * A program that answers over its standard input and output. Beyond a limit of time for one exchange, or of memory, it is
 * killed with everything that it started; of its standard error the beginning is kept.
 */
public final class Dialogue implements AutoCloseable {
    /** Memory that a program may take together with all that it starts, where a system tells. */
    public static final long MEMORY = 8L << 30;

    private static final long MIB = 1L << 20;
    /** The time between two looks at the program. */
    private static final Duration POLL = Duration.ofMillis(20);
    /** Every how many looks its memory is measured, which reads a file for each process of the machine. */
    private static final int LOOKS_PER_MEASURE = 10;
    /** How long a program may take to end when its output has ended. */
    private static final Duration AFTER_OUTPUT = Duration.ofSeconds(2);
    /** How long it may take when its input has ended; large frameworks take a second on a busy machine. */
    private static final Duration AFTER_INPUT = Duration.ofSeconds(10);
    /** How much of its standard error is told; a traceback says at its end what is wrong. */
    private static final int TOLD = 400;

    private final Duration limit;
    private final long memory;
    private final Process process;
    private final AtomicLong written = new AtomicLong();
    private final Capture err;
    private final Thread watch;
    private volatile long begun;
    private volatile boolean busy;
    private volatile boolean stalled;
    private volatile Optional<String> overrun = Optional.empty();

    /** One request with its answer. */
    @FunctionalInterface
    public interface Exchange<T> {
        T over(InputStream in, OutputStream out) throws IOException;
    }

    private Dialogue(Process process, Duration limit, long memory) {
        this.process = process;
        this.limit = limit;
        this.memory = memory;
        this.err = Capture.of(process.getErrorStream(), written, process);
        this.watch = Thread.ofPlatform().daemon().unstarted(this::watch);
    }

    /**
     * Starts the program; its limit of time is that of one exchange.
     *
     * @param memory in bytes
     * @throws IOException if it cannot be started at all
     */
    public static Dialogue start(Child child, long memory) throws IOException {
        Dialogue dialogue = new Dialogue(child.start(false), child.limit(), memory);
        dialogue.watch.start();
        return dialogue;
    }

    /** Runs an exchange; if it fails, {@link #ending} says why. */
    public <T> T within(Exchange<T> exchange) throws IOException {
        begun = System.nanoTime();
        busy = true;
        try {
            return exchange.over(process.getInputStream(), process.getOutputStream());
        } finally {
            busy = false;
        }
    }

    private void watch() {
        try {
            for (int looks = 0; !process.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS); looks++) {
                if (busy && System.nanoTime() - begun > limit.toNanos()) {
                    stalled = true;
                    kill("stalled: gave no answer within " + Ending.seconds(limit) + " s and was killed");
                } else if (looks % LOOKS_PER_MEASURE == 0 && resident() > memory) {
                    kill("took more than " + memory / MIB + " MiB of memory and was killed");
                }
            }
            Child.kill(process); // what it started may hold its output open
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void kill(String reason) {
        overrun = Optional.of(reason);
        Child.kill(process);
    }

    private long resident() {
        return Stream.concat(Stream.of(process.toHandle()), process.descendants()).mapToLong(Dialogue::resident).sum();
    }

    private static long resident(ProcessHandle each) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + each.pid() + "/status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10).sum();
        } catch (IOException | UncheckedIOException unknown) {
            return 0; // it has ended, or the system does not tell
        }
    }

    /** Whether it was killed because an exchange took longer than the limit. */
    public boolean stalled() {
        return stalled;
    }

    /** How the program ended, in words, with what it said; one that goes on without answering is killed. */
    public String ending() throws IOException {
        String how = how();
        String said = written.get() > Child.FLOOD ? "" : said();
        return how + (said.isEmpty() ? "" : "; it said: " + said);
    }

    private String how() throws IOException {
        boolean ended = awaitEnd(shorter(AFTER_OUTPUT));
        if (written.get() > Child.FLOOD) {
            return new Ending.Flooded(Child.FLOOD).words();
        }
        if (overrun.isPresent()) {
            return overrun.get();
        }
        if (!ended) {
            return "closed its standard output and was killed";
        }
        Ending ending = Ending.of(process.exitValue());
        return ending instanceof Ending.Exited ? "ended: " + ending.words() : ending.words();
    }

    private Duration shorter(Duration patience) {
        return limit.compareTo(patience) < 0 ? limit : patience;
    }

    /** Whether the program ends by itself; it has ended then anyway. */
    private boolean awaitEnd(Duration patience) throws IOException {
        try {
            boolean ended = process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
            Child.kill(process);
            process.waitFor();
            return ended;
        } catch (InterruptedException e) {
            Child.kill(process);
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a program ended", e);
        }
    }

    /** The end of what the program has written to standard error so far, as one line. */
    public String said() {
        try {
            String said = oneLine(err.text().strip());
            return said.length() <= TOLD ? said : "..." + said.substring(said.length() - TOLD);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    /** A line that is there several times in a row is told once: a driver may remark the same at every computation. */
    static String oneLine(String text) {
        List<String> told = new ArrayList<>();
        List<String> lines = text.lines().toList();
        for (int first = 0, next; first < lines.size(); first = next) {
            String line = lines.get(first);
            next = first + 1;
            while (next < lines.size() && lines.get(next).equals(line)) {
                next++;
            }
            told.add(next == first + 1 ? line : line + " (" + (next - first) + " times)");
        }
        return String.join(" | ", told);
    }

    /** Ends the program's input, at which it should end, or is killed; returns how it failed, if it did. */
    public Optional<String> end() throws IOException {
        try {
            process.getOutputStream().close();
        } catch (IOException ended) {
            return Optional.of(ending());
        }
        boolean failed = awaitEnd(shorter(AFTER_INPUT)) && process.exitValue() != 0;
        return failed ? Optional.of(ending()) : Optional.empty();
    }

    /** Kills the program with everything that it started. */
    @Override
    public void close() {
        Child.kill(process);
    }
}
