package rwkvms.golden;

import java.util.Optional;
import rwkvms.runtime.TensorSet;

/** Sees what a runtime gave for a fixture, and how it was judged. */
@FunctionalInterface
public interface Witness {
    /** Looks away. */
    Witness NONE = (golden, calls, result, given) -> {
    };

    /**
     * Takes a judged run, but those in steps.
     *
     * @param given the rows of the runtime's tensors that were compared; those of a narrower type are not shown
     */
    void saw(GoldenCase golden, Calls calls, CheckResult result, TensorSet given);

    /**
     * Takes a judged run in steps.
     *
     * @param differs the step that differs, behind which none is judged
     */
    default void sawSteps(GoldenCase golden, Calls calls, CheckResult result, Optional<StepSeen> differs) {
    }
}
