package rwkvms.child;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** The beginning of a program's stream, which a separate thread reads to its end. */
final class Capture {
    /** How much is kept; a program says there what is wrong. */
    static final int KEPT = 1 << 16;
    /** How long the readers may take after the program has ended; only one of its children could keep a stream open. */
    private static final Duration READERS = Duration.ofSeconds(2);

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
                if (written.addAndGet(n) > Child.FLOOD) {
                    Child.kill(process);
                }
            }
        } catch (IOException ignored) {
            // A stream that is closed while it is read gives nothing more.
        }
    }

    /**
     * The captured text; control characters other than line ends and tabs become blanks, because it goes to a
     * terminal.
     */
    String text() throws InterruptedException {
        reader.join(READERS);
        return new String(kept, 0, size, StandardCharsets.UTF_8).replaceAll("[\\p{Cntrl}&&[^\n\r\t]]", " ");
    }
}
