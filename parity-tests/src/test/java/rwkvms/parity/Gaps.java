package rwkvms.parity;

import java.util.Optional;

import rwkvms.golden.GoldenCase;
import rwkvms.golden.MemoryRuntime;

/**
 * What is known not to be evaluated, with the reason: nothing else may be. A case that is listed here and evaluated after
 * all fails as well.
 */
final class Gaps {
    /** Runtimes that take one state head, as the sidecar's specification has it for live sessions. */
    private static final String ONE_HEAD_ONLY = "native";

    private Gaps() {
    }

    /** A part of the reason that the runtime must give, or empty where it must evaluate the case. */
    static Optional<String> reason(GoldenCase golden, MemoryRuntime runtime) {
        return golden.fixture().config().numStateHeads() != 1 && runtime.name().equals(ONE_HEAD_ONLY)
                ? Optional.of("num_state_heads")
                : Optional.empty();
    }
}
