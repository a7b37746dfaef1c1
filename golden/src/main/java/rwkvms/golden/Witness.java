package rwkvms.golden;

import rwkvms.runtime.TensorSet;

/** Sees what a runtime gave for a fixture, and how it was judged. */
@FunctionalInterface
public interface Witness {
    /** Looks away. */
    Witness NONE = (golden, calls, result, given) -> {
    };

    /**
     * Takes a judged run.
     *
     * @param given the rows of the runtime's tensors that were compared; those of a narrower type, and of steps, are not shown
     */
    void saw(GoldenCase golden, Calls calls, CheckResult result, TensorSet given);
}
