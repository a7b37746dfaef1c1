package rwkvms.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.FixtureRun;
import rwkvms.golden.GoldenCase;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.RuntimeFailure;
import rwkvms.runtime.StateFault;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** What a host may do to a sequence's memory, and what is refused word for word (state.md). */
final class ReferenceSessionTests {
    private static final String ONLY_AS_A_WHOLE = ": the state is a sum over all tokens of one sequence: it can be removed as"
            + " a whole, and nothing else";

    private GoldenCase golden;
    private ReferenceRuntime runtime;
    private LoadedMemory memory;
    private MemorySession session;
    private ForwardInput input;
    private LayerState used;

    /** Both layers of the sidecar have seen the case's three valid tokens of four. */
    @BeforeEach
    void run() throws Exception {
        Path folder = Path.of(System.getProperty("rwkvms.root", ".."), "golden", "data", "basic");
        golden = GoldenCase.open(CaseFiles.in(folder).orElseThrow());
        MemoryConfig config = golden.fixture().config();
        runtime = new ReferenceRuntime();
        memory = runtime.load(new MemoryModel(golden.sidecar().orElseThrow(), golden.base(), config));
        session = memory.newSession();
        input = new FixtureRun(golden.fixture()).input(0);
        for (int layer : golden.sidecar().orElseThrow().layers()) {
            session.forward(layer, input);
        }
        used = session.state(0);
        assertThat(used.position()).isEqualTo(3);
        assertThat(DoubleStream.of(used.state().toDoubles())).anyMatch(value -> value != 0);
    }

    @AfterEach
    void close() {
        session.close();
        memory.close();
        runtime.close();
        golden.close();
    }

    private void empties(Consumer<MemorySession> change) {
        change.accept(session);
        assertThat(session.state(0).position()).isZero();
        assertThat(session.state(0).state().toDoubles()).containsOnly(0);
        assertThat(session.state(0).previousSource().toDoubles()).containsOnly(0);
    }

    private void keeps(Consumer<MemorySession> change) {
        change.accept(session);
        assertThat(session.state(0).sameBits(used)).isTrue();
    }

    private void refuses(Consumer<MemorySession> change, String what) {
        assertThatThrownBy(() -> change.accept(session)).isInstanceOf(RuntimeFailure.class)
                .hasMessageContaining(what + ONLY_AS_A_WHOLE)
                .satisfies(refusal -> assertThat(((RuntimeFailure) refusal).fault()).contains(StateFault.MUTATION));
        assertThat(session.state(0).sameBits(used)).isTrue();
    }

    @Test
    void aWholeSequenceIsRemoved() {
        empties(each -> each.remove(0, 0, 3));
        session.forward(0, input);
        empties(each -> each.remove(-1, -1, -1));
    }

    @Test
    void clearAndResetEmpty() {
        empties(MemorySession::clear);
        session.forward(0, input);
        empties(MemorySession::reset);
        session.forward(0, input);
        empties(MemorySession::close);
    }

    @Test
    void nothingOfASequenceIsRemovedWithoutAChange() {
        keeps(each -> each.remove(0, 3, -1));
        keeps(each -> each.remove(0, 2, 2));
        keeps(each -> each.remove(0, 7, 9));
    }

    @Test
    void aPartOfASequenceIsRefused() {
        refuses(each -> each.remove(0, 1, -1), "removal of positions 1 to -1 of 0 to 3");
        refuses(each -> each.remove(-1, 0, 2), "removal of positions 0 to 2 of 0 to 3");
        refuses(each -> each.remove(0, 2, 3), "removal of positions 2 to 3 of 0 to 3");
    }

    @Test
    void everyOtherChangeIsRefused() {
        refuses(each -> each.copy(0, 1, -1, -1), "copy of sequence 0 to 1");
        refuses(each -> each.keep(0), "keeping sequence 0");
        refuses(each -> each.shift(0, 0, -1, 2), "shift of sequence 0 by 2");
        refuses(each -> each.divide(0, 0, -1, 2), "division of sequence 0 by 2");
    }

    @Test
    void thereIsOneSequence() {
        assertThatThrownBy(() -> session.remove(1, 0, -1)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("sequence: expected 0 or -1, found 1");
    }

    @Test
    void aSavedStateComesBack() {
        byte[] saved = session.saveState();
        try (MemorySession other = memory.newSession()) {
            other.loadState(saved);
            assertThat(other.state(0).sameBits(used)).isTrue();
            assertThat(other.saveState()).isEqualTo(saved);
        }
    }

    @Test
    void aReadOnlyCallLeavesTheState() {
        keeps(each -> each.forward(0, input.asReadOnly()));
        session.forward(0, input);
        assertThat(session.state(0).position()).isEqualTo(6);
    }

    @Test
    void hiddenStatesOfAnotherWidthAreRefused() {
        ForwardInput narrow = ForwardInput.of(Tensor.ofFloats(Shape.of(1, 63), new float[63]));
        assertThatThrownBy(() -> session.forward(0, narrow)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("hidden states: expected [T, 64], found [1, 63]");
        ForwardInput flat = ForwardInput.of(Tensor.ofFloats(Shape.of(64), new float[64]));
        assertThatThrownBy(() -> session.forward(0, flat)).hasMessage("hidden states: expected [T, 64], found [64]");
        assertThat(session.state(0).sameBits(used)).isTrue();
    }
}
