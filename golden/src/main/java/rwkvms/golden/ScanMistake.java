package rwkvms.golden;

import java.util.Arrays;
import java.util.List;
import java.util.function.BiPredicate;
import rwkvms.hypotheses.Hypotheses;
import rwkvms.hypotheses.Hypothesis;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.ScanInput;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Tensor;

/**
 * A mistake of the scan. If it gives the tensors of a fixture too, the fixture cannot tell it from the rule.
 *
 * @param breaks whether there is a rule to break: without top-k, ignoring it is no fault
 */
record ScanMistake(Hypothesis hypothesis, BiPredicate<MemoryConfig, ScanInput> breaks) {
    static final List<ScanMistake> ALL = List.of(of("a and b swapped"), of("k and v swapped"),
            of("beta and lambda swapped"),
            of("the initial state transposed", (config, in) -> hasNonZero(in.state())),
            of("the initial state lost", (config, in) -> hasNonZero(in.state())), of("the read after the write"),
            of("the read of the decayed state"), of("the next slot written", (config, in) -> config.numStates() > 1),
            of("the token mask ignored", (config, in) -> in.mask().isPresent() && hasFalse(in.mask().get())),
            of("top-k ignored", (config, in) -> config.masksSlots()));

    private static ScanMistake of(String name) {
        return of(name, (config, in) -> true);
    }

    private static ScanMistake of(String name, BiPredicate<MemoryConfig, ScanInput> breaks) {
        return new ScanMistake(Hypotheses.named(name).orElseThrow(), breaks);
    }

    /** The mistake, in a few words. */
    String description() {
        return hypothesis.name();
    }

    boolean breaksARule(MemoryConfig config, ScanInput in) {
        return breaks.test(config, in);
    }

    /** The tensors that it gives for one sequence, as {@link rwkvms.runtime.MemoryRuntime#scan}. */
    TensorSet run(MemoryConfig config, ScanInput in) {
        return hypothesis.scan(config, in);
    }

    private static boolean hasNonZero(Tensor tensor) {
        return Arrays.stream(tensor.toDoubles()).anyMatch(value -> value != 0);
    }

    private static boolean hasFalse(Tensor mask) {
        return Arrays.stream(mask.toLongs()).anyMatch(valid -> valid == 0);
    }

    @Override
    public String toString() {
        return description();
    }
}
