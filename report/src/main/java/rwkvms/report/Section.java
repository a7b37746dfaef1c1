package rwkvms.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** What a {@link Verdict} says beside the things that its command judges, in every form of it. */
public interface Section {
    /** The key of its JSON object. */
    String key();

    void write(ObjectNode json);

    /** Lines for a terminal. */
    List<String> text();

    String markdown();

    String html();

    /** What it judges. */
    default List<Entry> entries() {
        return List.of();
    }

    /** What it could not judge. */
    default List<Obstacle> obstacles() {
        return List.of();
    }
}
