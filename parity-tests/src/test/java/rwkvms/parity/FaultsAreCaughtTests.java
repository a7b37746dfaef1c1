package rwkvms.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import rwkvms.fixtures.Divergence;
import rwkvms.fixtures.Tolerance;
import rwkvms.golden.BindingException;
import rwkvms.golden.CheckResult;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.parity.nd4j.Fault;
import rwkvms.parity.nd4j.Nd4jRuntime;

/** Proof that the golden cases can fail: each broken rule is caught, and the verdict names the stage it is in. */
final class FaultsAreCaughtTests {
    /** Small cases that between them see every fault; the golden script proves the same of all cases and more faults. */
    private static final List<String> CASES = List.of("basic", "batch-mask", "chunk-rollover", "topk-2", "free-lambda",
            "erase-gate-half", "heads-2", "streaming", "semantics-2", "step-trace", "mid-state", "large-state",
            "head-v-only");

    @TestFactory
    Stream<DynamicTest> faults() {
        return Arrays.stream(Fault.values()).filter(fault -> fault != Fault.NONE).map(fault -> DynamicTest
                .dynamicTest(fault + ": " + fault.description(), () -> isCaught(fault)));
    }

    private static void isCaught(Fault fault) throws BindingException {
        List<String> catching = new ArrayList<>();
        for (String name : CASES) {
            GoldenCase golden = Cases.committed(name);
            CheckResult result = check(golden, fault);
            result.firstDivergence().ifPresent(first -> {
                catching.add(name);
                namesStage(fault, golden, result, first);
            });
        }
        assertThat(catching).as("cases that see %s", fault).isNotEmpty();
    }

    private static CheckResult check(GoldenCase golden, Fault fault) throws BindingException {
        try (Nd4jRuntime broken = new Nd4jRuntime(fault)) {
            return assertInstanceOf(CheckResult.class, new FixtureCheck(golden, Tolerance.DEFAULT).on(broken));
        }
    }

    private static void namesStage(Fault fault, GoldenCase golden, CheckResult result, Divergence first) {
        assertThat(result.ok()).isFalse();
        assertThat(first.stage()).as("%s in %s: %s", fault, golden.name(), first).isEqualTo(fault.stage());
        assertThat(fault.first()).as("%s in %s: %s", fault, golden.name(), first).contains(first.tensor());
        assertThat(Judgement.message(result, "reproduce")).startsWith("DIFFERENCE: " + fault.stage().label() + ", "
                + first.tensor().label() + "[").endsWith("\nreproduce");
    }
}
