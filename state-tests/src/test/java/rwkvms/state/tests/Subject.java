package rwkvms.state.tests;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.FixtureRun;
import rwkvms.golden.GoldenCase;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.TensorSet;

/** A golden case loaded in a runtime: where its first sequence starts and what it is given, as a streaming call. */
record Subject(GoldenCase golden, LoadedMemory memory, LayerState initial,
        ForwardInput input) implements AutoCloseable {
    private static final Path CASES = Path.of(System.getProperty("rwkvms.root", ".."), "golden", "data");

    static Subject of(String name, MemoryRuntime runtime) throws Exception {
        GoldenCase golden = golden(name);
        MemoryConfig config = golden.fixture().config();
        FixtureRun run = new FixtureRun(golden.fixture());
        ForwardInput recorded = run.input(0);
        return new Subject(golden, load(golden, runtime), run.initialState(0),
                new ForwardInput(recorded.hiddenStates(), recorded.mask(), false, false, recorded.taps()));
    }

    static LoadedMemory load(GoldenCase golden, MemoryRuntime runtime) throws NotEvaluatedException {
        return runtime.load(new MemoryModel(golden.sidecar().orElseThrow(), golden.base(),
                golden.fixture().config()));
    }

    static GoldenCase golden(String name) throws Exception {
        return GoldenCase.open(CaseFiles.in(CASES.resolve(name)).orElseThrow());
    }

    int layer() {
        return golden.fixture().pass().layer();
    }

    /** A session that stands where the fixture starts. */
    MemorySession start() {
        MemorySession session = memory.newSession();
        session.setState(layer(), initial);
        return session;
    }

    /** The tokens from one to another, one call each. */
    List<TensorSet> tokens(MemorySession session, int from, int to) {
        return IntStream.range(from, to).mapToObj(t -> session.forward(layer(), input.tokens(t, t + 1))).toList();
    }

    static boolean sameBits(List<TensorSet> some, List<TensorSet> others) {
        return some.size() == others.size() && IntStream.range(0, some.size())
                .allMatch(call -> sameBits(some.get(call), others.get(call)));
    }

    static boolean sameBits(TensorSet one, TensorSet other) {
        return one.sameBits(other);
    }

    @Override
    public void close() {
        memory.close();
        golden.close();
    }
}
