package rwkvms.report;

import java.nio.charset.StandardCharsets;

/** Text of at most so many bytes; lines beyond are counted and not kept. */
final class BoundedText {
    /** Bytes for the line that says how much was cut. */
    private static final int RESERVED = 100;

    private final int limit;
    private final StringBuilder text = new StringBuilder();
    private int bytes;
    private int cut;

    BoundedText(int maxBytes) {
        this.limit = maxBytes - RESERVED;
    }

    /** Adds a line, unless it or an earlier one does not fit. */
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
