package rwkvms.live.health;

import java.util.ArrayList;
import java.util.List;

/** What one check measures on its way, for the report. */
final class Facts {
    private final List<String> facts = new ArrayList<>();

    void add(String name, Object value) {
        facts.add(name + " " + Reply.shown(String.valueOf(value)));
    }

    List<String> all() {
        return facts;
    }
}
