package rwkvms.faults;

import java.util.Locale;

/** The place of a fault in the runtime: the six stages of the memory math, and what surrounds them. */
enum FaultStage {
    PROJECTION, FEATURES, COEFFICIENTS, SCAN, READOUT, DELTA, STATE, SIDECAR, HOOK;

    /** Whether it is one of the six stages of the math, where every suite could notice a fault. */
    boolean isMath() {
        return compareTo(DELTA) <= 0;
    }

    /** Lower-case name, as in verdicts. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
