package rwkvms.faults;

import java.util.Locale;

/** The place of a fault in the runtime: the six stages of the memory math, and what surrounds them. */
enum FaultStage {
    PROJECTION("native/src/test/cpp/forward_test.cpp, or a golden case"),
    FEATURES("native/src/test/cpp/forward_test.cpp, or a golden case"),
    COEFFICIENTS("native/src/test/cpp/scan_test.cpp, or a golden case"),
    SCAN("native/src/test/cpp/scan_test.cpp, or a golden case"),
    READOUT("native/src/test/cpp/forward_test.cpp, or a golden case"),
    DELTA("native/src/test/cpp/forward_test.cpp, or a golden case"),
    STATE("native/src/test/cpp/state_test.cpp or session_test.cpp; for every runtime, golden's rwkvms.state.checks"),
    SIDECAR("native/src/test/cpp/semantics_test.cpp or container_test.cpp; for the validator too, MalformedCorpus"),
    HOOK("native/src/test/cpp/hook_test.cpp or nodes_test.cpp; if it needs a real llama.cpp, state-tests' rwkvms.state.live"),
    /** What the library is to the process that it is in: threads, handles, memory, and the process's own settings. */
    PROCESS("native/src/test/cpp/process_test.cpp or threads_test.cpp");

    private final String home;

    FaultStage(String home) {
        this.home = home;
    }

    /** Whether it is one of the six stages of the math, where every suite could notice a fault. */
    boolean isMath() {
        return compareTo(DELTA) <= 0;
    }

    /** Where a test of this stage belongs. */
    String home() {
        return home;
    }

    /** Lower-case name, as in verdicts. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
