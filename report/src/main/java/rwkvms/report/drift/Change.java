package rwkvms.report.drift;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * An entry of the provenance that is another one: a hash, a version, the machine.
 *
 * @param before empty if there was none
 * @param after  empty if there is none
 */
public record Change(String name, String before, String after) {
    private static final String HASH = "sha256 ";
    /** Enough to tell two hashes apart. */
    private static final int SHOWN_OF_HASH = 12;
    private static final List<String> INPUTS = List.of(" fixture: ", " sidecar: ", " base: ");

    /** Returns what differs between two provenances, by name. */
    static List<Change> between(Map<String, String> before, Map<String, String> after) {
        TreeSet<String> names = new TreeSet<>(before.keySet());
        names.addAll(after.keySet());
        List<Change> changes = new ArrayList<>();
        for (String name : names) {
            Change change = new Change(name, before.getOrDefault(name, ""), after.getOrDefault(name, ""));
            if (!change.before.equals(change.after)) {
                changes.add(change);
            }
        }
        return List.copyOf(changes);
    }

    /** Returns the hashes of a case's inputs by what they are; a case that is run in chunks has those of the whole. */
    static Map<String, String> inputs(Map<String, String> provenance, String caseName) {
        Map<String, String> inputs = new TreeMap<>();
        provenance.forEach((name, hash) -> {
            for (String role : INPUTS) {
                int at = name.indexOf(role);
                if (name.startsWith(HASH) && at > 0 && means(name.substring(HASH.length(), at), caseName)) {
                    inputs.put(role, hash);
                }
            }
        });
        return inputs;
    }

    private static boolean means(String files, String caseName) {
        return caseName.equals(files) || caseName.startsWith(files + " in ");
    }

    public boolean isHash() {
        return name.startsWith(HASH);
    }

    /** Whether it is a fixture, a sidecar or a base: then the cases say so. */
    public boolean isInput() {
        return isHash() && INPUTS.stream().anyMatch(name::contains);
    }

    /** In one line, with the beginnings of hashes. */
    @Override
    public String toString() {
        return name + ": " + shown(before) + " before, " + shown(after) + " now";
    }

    private String shown(String value) {
        return value.isEmpty()
                ? "none"
                : isHash() && value.length() > SHOWN_OF_HASH ? value.substring(0, SHOWN_OF_HASH) : value;
    }
}
