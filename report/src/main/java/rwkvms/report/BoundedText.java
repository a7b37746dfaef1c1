package rwkvms.report;

import java.nio.charset.StandardCharsets;

/** Lines up to a number of bytes; what is beyond is counted and not kept. */
final class BoundedText {
    /** Place kept for the line that says that the rest is cut. */
    private static final int RESERVED = 100;

    private final int limit;
    private final StringBuilder text = new StringBuilder();
    private int bytes;
    private int cut;

    BoundedText(int maxBytes) {
        this.limit = maxBytes - RESERVED;
    }

    /** Adds a line, or nothing more once one did not fit. */
    BoundedText line(String line) {
        int size = line.getBytes(StandardCharsets.UTF_8).length + 1;
        if (cut > 0 || bytes + size > limit) {
            cut++;
            return this;
        }
        bytes += size;
        text.append(line).append('\n');
        return this;
    }

    @Override
    public String toString() {
        return cut == 0 ? text.toString() : text + "\ncut: " + cut + " more lines; the JSON verdict has everything\n";
    }
}
