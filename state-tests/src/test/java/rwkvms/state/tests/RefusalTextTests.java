package rwkvms.state.tests;

import static org.assertj.core.api.Assertions.assertThatException;

import java.util.function.Consumer;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import rwkvms.runtime.MemorySession;
import rwkvms.state.StateDamage;
import rwkvms.state.checks.SmallMemory;
import rwkvms.state.checks.StateChecks;

/** The texts of our own runtimes' refusals: the field, what was expected, what was found. {@link StateChecks} covers the codes. */
final class RefusalTextTests {
    private interface Check {
        void on(SmallMemory memory, MemorySession session);
    }

    private static Stream<DynamicTest> everywhere(Check check) {
        return StateRuntimes.all().stream().map(runtime -> DynamicTest.dynamicTest(runtime.name(), () -> {
            try (SmallMemory memory = SmallMemory.on(runtime); MemorySession session = memory.after(3, 2, 1)) {
                check.on(memory, session);
            }
        }));
    }

    private static ThrowableAssertAlternative<Exception> refusalOf(MemorySession session,
            Consumer<MemorySession> change) {
        return assertThatException().isThrownBy(() -> change.accept(session));
    }

    @TestFactory
    Stream<DynamicTest> everyDamageOfAPayload() {
        return everywhere((memory, session) -> {
            byte[] saved = session.saveState();
            for (StateDamage damage : StateDamage.values()) {
                refusalOf(session, same -> same.loadState(damage.applyTo(saved.clone()))).describedAs(damage.label())
                        .withMessageContaining("expected ").withMessageContaining("found ");
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> layersOutOfStep() {
        return everywhere((memory, session) -> {
            try (MemorySession apart = memory.after(0)) {
                apart.forward(2, SmallMemory.block(2));
                refusalOf(apart, MemorySession::saveState).withMessageContaining("layers out of step")
                        .withMessageContaining("layer 2").withMessageContaining("expected 1")
                        .withMessageContaining("found 4");
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> whatAStateCannotFollow() {
        return everywhere((memory, session) -> {
            refusalOf(session, same -> same.remove(0, 2, 4)).withMessageContaining("whole");
            refusalOf(session, same -> same.copy(0, 1, -1, -1)).withMessageContaining("whole");
            refusalOf(session, same -> same.keep(0)).withMessageContaining("whole");
            refusalOf(session, same -> same.shift(0, 0, -1, 1)).withMessageContaining("whole");
            refusalOf(session, same -> same.divide(0, 0, -1, 2)).withMessageContaining("whole");
            refusalOf(session, same -> same.remove(256, -1, -1)).withMessageContaining("sequence: expected 0 or -1");
        });
    }
}
