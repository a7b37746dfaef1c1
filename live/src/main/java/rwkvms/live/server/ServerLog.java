package rwkvms.live.server;

import java.io.PrintWriter;
import java.util.Locale;

/** The server's log, one line per event. Control characters, which may come from requests, become blanks. */
final class ServerLog {
    private final PrintWriter out;
    private final long start = System.nanoTime();

    ServerLog(PrintWriter out) {
        this.out = out;
    }

    synchronized void line(String text) {
        out.printf(Locale.ROOT, "%.3f %s%n", (System.nanoTime() - start) / 1e9, text.replaceAll("\\p{Cntrl}+", " "));
        out.flush();
    }
}
