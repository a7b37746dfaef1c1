package rwkvms.state.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static rwkvms.state.Actions.drawn;
import static rwkvms.state.Actions.onlyIf;
import static rwkvms.state.Actions.simple;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import net.jqwik.api.state.ActionChain;
import rwkvms.fixtures.testing.Draws;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.MemorySession;
import rwkvms.state.StateDamage;
import rwkvms.state.checks.SmallMemory;

/**
 * Programs of up to {@value #ACTIONS} actions on a session, in any order: tokens with and without mask, looks, save, load,
 * damaged loads, clear, removal, refused changes, new sessions, other threads. After each action the session is the model
 * ({@link StateProgram}). Each build draws other programs, {@code -Pdraws} four times as many.
 */
final class StateProgramProperties {
    private static final int ACTIONS = 40;
    private static final int PROGRAMS = 500;

    private static final List<SmallMemory> MEMORIES = new ArrayList<>();
    private static int programs;
    private static int actions;
    private static int longest;

    @BeforeContainer
    static void load() throws Exception {
        for (MemoryRuntime runtime : StateRuntimes.all()) {
            MEMORIES.add(SmallMemory.on(runtime));
        }
    }

    @AfterContainer
    static void report() {
        MEMORIES.forEach(SmallMemory::close);
        System.out.println("state programs: " + programs + ", actions: " + actions + ", longest: " + longest);
    }

    @Property(tries = PROGRAMS, shrinking = ShrinkingMode.BOUNDED)
    void onTheReference(@ForAll("referencePrograms") List<ActionChain<StateProgram>> drawn) {
        drawn.forEach(StateProgramProperties::runs);
    }

    @Property(tries = PROGRAMS, shrinking = ShrinkingMode.BOUNDED)
    void onTheCppRuntime(@ForAll("cppPrograms") List<ActionChain<StateProgram>> drawn) {
        drawn.forEach(StateProgramProperties::runs);
    }

    private static void runs(ActionChain<StateProgram> chain) {
        try (StateProgram program = chain.run()) {
            program.isWhatItsBlocksMake();
        }
        programs++;
        int length = chain.transformations().size();
        actions += length;
        longest = Math.max(longest, length);
        assertThat(length).isLessThanOrEqualTo(ACTIONS);
    }

    @Provide
    Arbitrary<List<ActionChain<StateProgram>>> referencePrograms() {
        return programs(0).list().ofSize(Draws.ofBuild().times());
    }

    @Provide
    Arbitrary<List<ActionChain<StateProgram>>> cppPrograms() {
        return programs(1).list().ofSize(Draws.ofBuild().times());
    }

    private static Arbitrary<ActionChain<StateProgram>> programs(int memory) {
        Arbitrary<Integer> blocks = Arbitraries.integers().between(0, SmallMemory.BLOCKS - 1);
        Arbitrary<Integer> anything = Arbitraries.integers().between(0, Integer.MAX_VALUE);
        return ActionChain.startWith(() -> new StateProgram(MEMORIES.get(memory)))
                .withAction(6, drawn("forward", blocks, StateProgram::forward))
                .withAction(1, drawn("look at", blocks, StateProgram::peek))
                .withAction(4, simple("save", StateProgram::save))
                .withAction(3, onlyIf(StateProgram::hasSaved, simple("load", StateProgram::load)))
                .withAction(2,
                        onlyIf(StateProgram::hasSaved, drawn("load with damaged", Arbitraries.of(StateDamage.class),
                                StateProgram::loadDamaged)))
                .withAction(1,
                        onlyIf(StateProgram::hasSaved,
                                drawn("load with flipped bit", anything, StateProgram::loadFlipped)))
                .withAction(1,
                        onlyIf(StateProgram::hasSaved,
                                drawn("load of first bytes", anything, StateProgram::loadTruncated)))
                .withAction(1, simple("clear", StateProgram::clear))
                .withAction(1, simple("remove all", StateProgram::removeAll))
                .withAction(1, simple("remove nothing", StateProgram::removeNothing))
                .withAction(2, drawn("refused change", Arbitraries.of(Change.class),
                        (program, change) -> program.refused(change.of(program))))
                .withAction(2, drawn("new session after", blocks, StateProgram::moveToNewSession))
                .withAction(1, simple("hand over", StateProgram::handOver)).withMaxTransformations(ACTIONS);
    }

    /** Changes of a host's memory that no state can follow. */
    private enum Change {
        COPY(program -> session -> session.copy(0, 1, -1, -1)),
        KEEP(program -> session -> session.keep(0)),
        SHIFT(program -> session -> session.shift(0, 0, -1, -1)),
        DIVIDE(program -> session -> session.divide(0, 0, -1, 2)),
        /** Half of the tokens; of one token or none there is no half, and copying stands in. */
        REMOVE_HALF(program -> {
            long end = program.position();
            return end < 2 ? session -> session.copy(0, 2, 0, 1) : session -> session.remove(0, end / 2, -1);
        });

        private final Function<StateProgram, Consumer<MemorySession>> change;

        Change(Function<StateProgram, Consumer<MemorySession>> change) {
            this.change = change;
        }

        Consumer<MemorySession> of(StateProgram program) {
            return change.apply(program);
        }
    }
}
