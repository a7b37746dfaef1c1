package rwkvms.live.health;

import java.util.ArrayList;
import java.util.List;

/** The facts that one check measures, for the report. */
final class Facts {
    private final List<String> facts = new ArrayList<>();

    void add(String name, Object value) {
        facts.add(name + " " + Reply.shown(String.valueOf(value)));
    }

    List<String> all() {
        return facts;
    }
}
