package rwkvms.state.checks;

import java.util.ArrayList;
import java.util.List;

/**
 * The contract of state.md, line by line, on a small sidecar of three layers, for this suite's runtimes and for other ones
 * ({@code gate runtime probe}).
 */
public final class StateChecks {
    /** Largest difference between splits of one call, as products may be summed in another order. */
    private static final double CHUNKING = 1e-5;

    private StateChecks() {
    }

    /** All checks, in the order of the contract. */
    public static List<StateCheck> all() {
        List<StateCheck> checks = new ArrayList<>(SavedStateChecks.all());
        checks.addAll(RefusedStateChecks.all());
        checks.addAll(HostMemoryChecks.all());
        checks.add(SavedStateChecks.twoHeads(CHUNKING));
        checks.add(SavedStateChecks.chunking(CHUNKING));
        return checks;
    }
}
