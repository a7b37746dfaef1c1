package rwkvms.state.live;

import static rwkvms.state.Actions.drawn;
import static rwkvms.state.Actions.onlyIf;
import static rwkvms.state.Actions.simple;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import net.jqwik.api.state.ActionChain;
import rwkvms.fixtures.testing.Draws;
import rwkvms.nativeruntime.NativeSession;
import rwkvms.state.StateDamage;

/**
 * Programs of up to {@value #ACTIONS} actions on a llama.cpp context with memory ({@link LiveProgram}). Each build draws other
 * programs, {@code -Pdraws} four times as many.
 */
@SuppressWarnings("NullAway.Init") // set before all tries
final class LiveProgramProperties {
    private static final int ACTIONS = 40;
    private static final int PROGRAMS = 50;
    /** Tokens of the largest decode. */
    private static final int MAX_DECODE = 4;

    private static Path folder;
    private static LiveModel model;
    private static LiveProgram.PlainRuns known;
    /** Programs that a failure left open; they would keep the model from closing. */
    private static final Set<LiveProgram> OPEN = new HashSet<>();
    private static int programs;

    @BeforeContainer
    static void load() throws Exception {
        folder = Files.createTempDirectory("live-programs-");
        model = LiveModel.in(folder, LiveModel.Engine.shared());
        known = new LiveProgram.PlainRuns(model);
    }

    @AfterContainer
    static void close() throws Exception {
        System.out.println("live programs: " + programs + ", different stories: " + known.size());
        OPEN.forEach(LiveProgram::close);
        known.close();
        model.close();
        Files.delete(model.base());
        Files.delete(model.sidecarFile());
        Files.delete(folder);
    }

    @Property(tries = PROGRAMS, shrinking = ShrinkingMode.BOUNDED)
    void contextIsTheModelAfterEveryAction(@ForAll("programs") List<ActionChain<LiveProgram>> drawn) {
        for (ActionChain<LiveProgram> chain : drawn) {
            LiveProgram program = chain.run();
            OPEN.remove(program);
            program.close();
            programs++;
        }
    }

    @Provide
    Arbitrary<List<ActionChain<LiveProgram>>> programs() {
        return program().list().ofSize(Draws.ofBuild().times());
    }

    private static Arbitrary<ActionChain<LiveProgram>> program() {
        Arbitrary<LiveProgram.Decode> decodes = Combinators
                .combine(Arbitraries.of(1, 1, 2, 4), Arbitraries.integers().between(0, 1)).as(LiveProgram.Decode::new);
        Arbitrary<Integer> anything = Arbitraries.integers().between(0, Integer.MAX_VALUE);
        return ActionChain.startWith(LiveProgramProperties::start)
                .withAction(8, onlyIf(program -> program.tokens() + MAX_DECODE <= LiveProgram.MAX_TOKENS,
                        drawn("decode", decodes, (program, decode) -> program.decode(decode))))
                .withAction(4, simple("save", LiveProgram::save))
                .withAction(3, onlyIf(LiveProgram::hasSaved, simple("load", LiveProgram::load)))
                .withAction(2, onlyIf(LiveProgram::hasSaved, drawn("load payload with damaged",
                        Arbitraries.of(StateDamage.class), LiveProgram::loadDamagedPayload)))
                .withAction(2, onlyIf(LiveProgram::hasSaved,
                        drawn("load first bytes of the cache", anything, LiveProgram::loadDamagedCache)))
                .withAction(1, onlyIf(LiveProgram::hasSaved,
                        drawn("load with flipped bit", anything, LiveProgram::loadFlipped)))
                .withAction(1, simple("clear", LiveProgram::clear))
                .withAction(1, simple("remove all", LiveProgram::removeAll))
                .withAction(2, drawn("refused change", Arbitraries.of(Change.class),
                        (program, change) -> program.refused(change.change)))
                .withAction(1, drawn("new context after", decodes, LiveProgram::moveToNewContext))
                .withMaxTransformations(ACTIONS);
    }

    private static LiveProgram start() {
        LiveProgram program = new LiveProgram(model, known);
        OPEN.add(program);
        return program;
    }

    private enum Change {
        COPY(memory -> memory.copy(0, 1, -1, -1)),
        KEEP(memory -> memory.keep(0)),
        SHIFT(memory -> memory.shift(0, 0, -1, 1)),
        DIVIDE(memory -> memory.divide(0, 0, -1, 2));

        private final Consumer<NativeSession> change;

        Change(Consumer<NativeSession> change) {
            this.change = change;
        }
    }
}
