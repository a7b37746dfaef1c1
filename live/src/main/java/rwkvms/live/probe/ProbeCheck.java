package rwkvms.live.probe;

import rwkvms.report.Outcome;

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

    @FunctionalInterface
    interface Body {
        Outcome run() throws Exception;
    }

    String label() {
        return part.name().toLowerCase(java.util.Locale.ROOT) + ": " + name;
    }
}
