package rwkvms.probe;

import java.util.List;
import java.util.Optional;

/**
 * One thing that a library is put to.
 *
 * @param part what it belongs to
 * @param name within the part
 */
record ProbeCheck(Part part, String name, Body body) {
    /** The parts of a probe, in their order. */
    enum Part {
        EXPORTS, IDENTITY, GOLDEN, SIDECAR, STATE, BASE, ARGUMENTS, HOOK
    }

    /** What came of it: not evaluated with a reason, or the problems found, none of which means passed. */
    record Outcome(Optional<String> notEvaluated, List<String> problems) {
        static final Outcome PASSED = new Outcome(Optional.empty(), List.of());

        static Outcome failed(String problem) {
            return new Outcome(Optional.empty(), List.of(problem));
        }

        static Outcome missed(String reason) {
            return new Outcome(Optional.of(reason), List.of());
        }
    }

    @FunctionalInterface
    interface Body {
        Outcome run() throws Exception;
    }

    String label() {
        return part.name().toLowerCase(java.util.Locale.ROOT) + ": " + name;
    }
}
