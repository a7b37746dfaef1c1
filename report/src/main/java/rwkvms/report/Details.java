package rwkvms.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** What a command adds to what every {@link Verdict} says. */
public interface Details {
    /**
     * Adds the command's own keys to the JSON object.
     *
     * @param whole whether to write everything, as in a report, or only what fits on a terminal
     */
    void write(ObjectNode json, boolean whole);

    /** What stands above the tests in the HTML page; empty if nothing does. */
    default String html() {
        return "";
    }

    /** What all failures have in common, one line each; empty if nothing is known. */
    default List<String> summary() {
        return List.of();
    }

    /** The Markdown summary. */
    default String markdown(Verdict verdict) {
        return MarkdownSummary.list(verdict);
    }
}
