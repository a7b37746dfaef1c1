package rwkvms.state.tests;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import rwkvms.state.checks.SavedStateChecks;
import rwkvms.state.checks.StateChecks;

/** Our own runtimes pass the checks that {@code gate runtime probe} applies to others. */
final class StateChecksTests {
    /** In the C++ runtime the order of a sum depends on the number of tokens, in the reference it does not. */
    private static final double CPP_CHUNKING = 1e-6;

    @TestFactory
    Stream<DynamicTest> everyCheckHoldsOnTheCppRuntime() {
        return StateChecks.all().stream()
                .map(check -> DynamicTest.dynamicTest(check.name(), () -> check.body().on(StateRuntimes.cpp())));
    }

    /** The reference takes two state heads. */
    @TestFactory
    Stream<DynamicTest> everyCheckHoldsOnTheReference() {
        return StateChecks.all().stream()
                .map(check -> DynamicTest.dynamicTest(check.name(), () -> check.body().on(StateRuntimes.reference())));
    }

    /** Stricter than the limit for other runtimes. */
    @TestFactory
    Stream<DynamicTest> oneTokenAtATimeOrAllAtOnceIsTheSameState() {
        return Stream.of(
                DynamicTest.dynamicTest("bit for bit on the reference",
                        () -> SavedStateChecks.chunking(0).body().on(StateRuntimes.reference())),
                DynamicTest.dynamicTest("within 1e-6 on the C++ runtime",
                        () -> SavedStateChecks.chunking(CPP_CHUNKING).body().on(StateRuntimes.cpp())));
    }
}
