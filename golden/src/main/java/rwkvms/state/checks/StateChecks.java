package rwkvms.state.checks;

import java.util.ArrayList;
import java.util.List;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.RuntimeFailure;

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
        List<StateCheck> all = new ArrayList<>(ofAnyHeads());
        all.add(all.size() - 1, new StateCheck("two state heads are refused", StateChecks::twoHeads));
        return all;
    }

    /** Those of a runtime that may take several state heads, as math.md has them. */
    public static List<StateCheck> ofAnyHeads() {
        List<StateCheck> checks = new ArrayList<>(SavedStateChecks.all());
        checks.addAll(RefusedStateChecks.all());
        checks.addAll(HostMemoryChecks.all());
        checks.add(SavedStateChecks.chunking(CHUNKING));
        return checks;
    }

    private static void twoHeads(MemoryRuntime runtime) throws Exception {
        try (SmallMemory memory = SmallMemory.on(runtime, SmallMemory.SIZES.with(config -> config.withNumStateHeads(2)),
                SmallMemory.SEED)) {
            throw new StateCheck.Nonconformance("expected a refusal, found " + memory.memory() + " loaded");
        } catch (NotEvaluatedException | RuntimeFailure expected) {
            // Refused, by either way.
        }
    }
}
