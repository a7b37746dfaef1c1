package rwkvms.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.RuntimeFailure;
import rwkvms.runtime.StateFault;

/** Contract line 5 of state.md on every runtime: what resets, what changes nothing, what is refused. */
final class HostMemoryTests {
    private static final int[] STORY = {3, 2, 1};
    /** Valid tokens of the story's blocks. */
    private static final long TOKENS = 3 + 3 + 1;

    private static Stream<DynamicTest> everywhere(Map<String, Consumer<MemorySession>> changes,
            Check check) {
        return Runtimes.all().stream().flatMap(runtime -> changes.entrySet().stream().map(change -> DynamicTest
                .dynamicTest(change.getKey() + " on " + runtime.name(), () -> {
                    try (SmallMemory memory = SmallMemory.on(runtime); MemorySession session = memory.after(STORY)) {
                        assertThat(session.state(0).position()).isEqualTo(TOKENS);
                        check.on(memory, session, change.getValue());
                    }
                })));
    }

    @FunctionalInterface
    private interface Check {
        void on(SmallMemory memory, MemorySession session, Consumer<MemorySession> change);
    }

    @TestFactory
    Stream<DynamicTest> theWholeSequenceIsResetToANewSession() {
        Map<String, Consumer<MemorySession>> changes = new LinkedHashMap<>();
        changes.put("clear", MemorySession::clear);
        changes.put("remove 0, -1, -1", session -> session.remove(0, -1, -1));
        changes.put("remove all, 0, -1", session -> session.remove(-1, 0, -1));
        changes.put("remove 0, 0, exactly all", session -> session.remove(0, 0, TOKENS));
        changes.put("remove 0, 0, beyond", session -> session.remove(0, 0, TOKENS + 100));
        return everywhere(changes, (memory, session, change) -> {
            change.accept(session);
            try (MemorySession fresh = memory.newSession()) {
                assertThat(SmallMemory.sameBits(memory.states(session), memory.states(fresh))).isTrue();
                assertThat(SmallMemory.sameOutputs(memory.forward(session, SmallMemory.block(5)),
                        memory.forward(fresh, SmallMemory.block(5)))).isTrue();
                assertThat(session.saveState()).isEqualTo(fresh.saveState());
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> anEmptyRangeChangesNothing() {
        Map<String, Consumer<MemorySession>> changes = new LinkedHashMap<>();
        changes.put("remove 0, behind the end", session -> session.remove(0, TOKENS, -1));
        changes.put("remove 0, 3, 3", session -> session.remove(0, 3, 3));
        return everywhere(changes, HostMemoryTests::changesNothing);
    }

    private static void changesNothing(SmallMemory memory, MemorySession session, Consumer<MemorySession> change) {
        SortedMap<Integer, LayerState> before = memory.states(session);
        change.accept(session);
        assertThat(SmallMemory.sameBits(memory.states(session), before)).isTrue();
        try (MemorySession undisturbed = memory.after(STORY)) {
            assertThat(SmallMemory.sameOutputs(memory.forward(session, SmallMemory.block(5)),
                    memory.forward(undisturbed, SmallMemory.block(5)))).isTrue();
        }
    }

    @TestFactory
    Stream<DynamicTest> everythingElseIsRefusedAndChangesNothing() {
        Map<String, Consumer<MemorySession>> changes = new LinkedHashMap<>();
        changes.put("remove the first token", session -> session.remove(0, 0, 1));
        changes.put("remove the last token", session -> session.remove(0, TOKENS - 1, -1));
        changes.put("remove all but the first", session -> session.remove(-1, 1, TOKENS));
        changes.put("remove the middle", session -> session.remove(0, 2, 4));
        changes.put("copy", session -> session.copy(0, 1, -1, -1));
        changes.put("copy onto itself", session -> session.copy(0, 0, -1, -1));
        changes.put("keep", session -> session.keep(0));
        changes.put("keep another", session -> session.keep(1));
        changes.put("shift", session -> session.shift(0, 0, -1, 1));
        changes.put("shift by nothing", session -> session.shift(0, 0, -1, 0));
        changes.put("divide", session -> session.divide(0, 0, -1, 2));
        return everywhere(changes, (memory, session, change) -> changesNothing(memory, session, same -> {
            RuntimeFailure refusal = catchThrowableOfType(RuntimeFailure.class, () -> change.accept(same));
            assertThat(refusal).isNotNull();
            assertThat(refusal.fault()).as(refusal.toString()).contains(StateFault.MUTATION);
            assertThat(refusal).hasMessageContaining("whole");
        }));
    }

    @TestFactory
    Stream<DynamicTest> thereIsNoOtherSequence() {
        Map<String, Consumer<MemorySession>> changes = new LinkedHashMap<>();
        for (int sequence : new int[]{1, -2, 255, 256, Integer.MAX_VALUE}) {
            changes.put("remove sequence " + sequence, session -> session.remove(sequence, -1, -1));
        }
        return everywhere(changes,
                (memory, session, change) -> changesNothing(memory, session, same -> assertThatException()
                        .isThrownBy(() -> change.accept(same)).withMessageContaining("sequence: expected 0 or -1")));
    }
}
