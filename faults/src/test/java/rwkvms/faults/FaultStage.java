package rwkvms.faults;

import java.util.Locale;

/** Where in the runtime a fault is: the six stages of the memory math, and what stands around them. */
enum FaultStage {
    PROJECTION, FEATURES, COEFFICIENTS, SCAN, READOUT, DELTA, STATE, SIDECAR, HOOK;

    /** Whether it is one of the six, so that every suite could notice what is wrong there. */
    boolean isMath() {
        return compareTo(DELTA) <= 0;
    }

    /** Lower-case name, as in verdicts. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
