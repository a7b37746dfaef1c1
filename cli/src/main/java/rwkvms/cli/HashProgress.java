package rwkvms.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.LongSupplier;
import rwkvms.file.ByteProgress;

/** A bar that shows the progress and the speed of hashing or writing a large file. */
final class HashProgress implements ByteProgress {
    /** A smaller file is hashed before anybody can read a line. */
    private static final long MIN_BYTES = 256L << 20;
    private static final long STEP_NANOS = 100_000_000;
    private static final int BAR = 20;
    private static final double GIGA = 1e9;

    private final String what;
    private final Terminal.Line line;
    private final LongSupplier nanos;
    private final long start;
    private long shownAt;

    HashProgress(String what, Terminal.Line line, LongSupplier nanos) {
        this.what = what;
        this.line = line;
        this.nanos = nanos;
        this.start = nanos.getAsLong();
        this.shownAt = start;
    }

    static HashProgress onTerminal(PrintWriter out) {
        return onTerminal(out, "base");
    }

    /** @param what the file, in a word */
    static HashProgress onTerminal(PrintWriter out, String what) {
        return new HashProgress(what, new Terminal.Line(out, Terminal.isThere()), System::nanoTime);
    }

    @Override
    public void at(long done, long total) {
        long now = nanos.getAsLong();
        if (total < MIN_BYTES || (now - shownAt < STEP_NANOS && done < total)) {
            return;
        }
        shownAt = now;
        if (done >= total) {
            line.wipe();
            return;
        }
        int filled = (int) (BAR * done / total);
        line.show(String.format(Locale.ROOT, "gate: %s [%s%s] %d %% of %.1f GB, %.2f GB/s", what, "=".repeat(filled),
                " ".repeat(BAR - filled), 100 * done / total, total / GIGA, done / (double) Math.max(now - start, 1)));
    }
}
