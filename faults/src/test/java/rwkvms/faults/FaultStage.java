package rwkvms.faults;

import java.util.Locale;

/** Where in the runtime a fault is: the six stages of the memory math, and what stands around them. */
enum FaultStage {
    PROJECTION, FEATURES, COEFFICIENTS, SCAN, READOUT, DELTA, STATE, SIDECAR, HOOK;

    /** Lower-case name, as in verdicts. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
