package rwkvms.parity;

import java.util.Optional;

import rwkvms.golden.GoldenCase;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.runtime.MemoryRuntime;

/**
 * What is known not to be evaluated, with the reason: nothing else may be. A case that is listed here and evaluated after
 * all fails as well.
 */
final class Gaps {
    private Gaps() {
    }

    /**
     * The C++ runtime takes one state head (state.md, contract line 6).
     *
     * @return a part of the reason that the runtime must give, or empty where it must evaluate the case
     */
    static Optional<String> reason(GoldenCase golden, MemoryRuntime runtime) {
        return golden.fixture().config().numStateHeads() != 1 && runtime.name().equals(NativeRuntime.NAME)
                ? Optional.of("num_state_heads")
                : Optional.empty();
    }
}
