package rwkvms.live.probe;

import java.util.Locale;

import rwkvms.report.Outcome;

/**
 * One check of a library.
 *
 * @param part the part that it belongs to
 * @param name unique within the part
 */
public record ProbeCheck(Part part, String name, Body body) {
    /** The parts of a probe, in their order. */
    public enum Part {
        EXPORTS, IDENTITY, GOLDEN, SIDECAR, STATE, BASE, ARGUMENTS, HOOK;

        /** The name in lower case. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Runs a check. */
    @FunctionalInterface
    public interface Body {
        Outcome run() throws Exception;
    }

    /** The part and the name, such as {@code golden: basic}. */
    public String label() {
        return part.label() + ": " + name;
    }
}
