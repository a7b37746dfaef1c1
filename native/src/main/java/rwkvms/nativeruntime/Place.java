package rwkvms.nativeruntime;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import rwkvms.runtime.RuntimeFailure;

/**
 * A device that computes the stages around the scan.
 *
 * @param device  ggml's name of it
 * @param buffers name of the buffer type in which it computes
 * @param precise whether in the ways that round least there, however slow
 */
public record Place(String device, String buffers, boolean precise) {
    static final String CREATE = "rwkv_ms_context_create_on";
    static final String PLACES = "rwkv_ms_context_places";
    private static final List<String> STAGES = List.of("projections", "features", "readout", "deltas");

    /** Microbatches on it of so many tokens. */
    record Sized(Place place, int tokens) {
    }

    /**
     * Requires that every stage was computed there and nowhere else, by what a context says of itself.
     *
     * @throws RuntimeFailure if not: a pass would be that of another device
     */
    void requireAll(String told) {
        Map<String, Set<String>> places = of(told);
        for (String stage : STAGES) {
            Set<String> found = places.getOrDefault(stage, Set.of());
            if (!found.equals(Set.of(buffers))) {
                throw new RuntimeFailure("device " + device + ": " + stage + ": expected in the buffers " + buffers
                        + " alone, found " + (found.isEmpty() ? "none" : String.join(", ", found)));
            }
        }
    }

    /** The buffer types of each line's node: a word, a blank and the type. */
    static Map<String, Set<String>> of(String told) {
        Map<String, Set<String>> places = new TreeMap<>();
        told.lines().map(line -> line.split(" ", 2)).filter(words -> words.length == 2).forEach(
                words -> places.computeIfAbsent(words[0], node -> new TreeSet<>()).add(words[1]));
        return places;
    }
}
