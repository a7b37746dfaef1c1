package rwkvms.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.SortedMap;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.MemorySettings;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.ScanInput;
import rwkvms.runtime.TensorSet;

/** The checks that runtimes of others are put to hold on our own, and a session that forgets something fails them. */
final class StateChecksTests {
    @TestFactory
    Stream<DynamicTest> everyCheckHoldsOnTheCppRuntime() {
        return StateChecks.all().stream()
                .map(check -> DynamicTest.dynamicTest(check.name(), () -> check.body().on(Runtimes.cpp())));
    }

    /** The reference is ours to know: it takes two heads on purpose. */
    @TestFactory
    Stream<DynamicTest> everyOtherCheckHoldsOnTheReference() {
        return StateChecks.all().stream().filter(check -> !check.name().equals("two state heads are refused"))
                .map(check -> DynamicTest.dynamicTest(check.name(), () -> check.body().on(Runtimes.reference())));
    }
}
