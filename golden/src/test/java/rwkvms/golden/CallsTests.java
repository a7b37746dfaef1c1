package rwkvms.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.comparison.Divergence;
import rwkvms.comparison.KeptTokens;
import rwkvms.comparison.Tolerance;
import rwkvms.fixtures.Fixture;
import rwkvms.fixtures.LongForm;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.RuntimeFailure;
import rwkvms.runtime.ScanInput;
import rwkvms.runtime.TensorSet;
import rwkvms.runtime.TokenMask;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** Long fixtures in chunks and in steps, on the reference and on runtimes that are wrong from some length on. */
final class CallsTests {
    private static final Path LONG = Path.of(System.getProperty("rwkvms.root", ".."), "golden", "data-long");
    private static final ReferenceRuntime REFERENCE = new ReferenceRuntime();

    @SuppressWarnings("NullAway.Init") // opened before all tests
    private static GoldenCase tokens64;
    @SuppressWarnings("NullAway.Init")
    private static GoldenCase manyChunks;

    @BeforeAll
    static void open() throws Exception {
        tokens64 = GoldenCase.open(CaseFiles.in(LONG.resolve("tokens-64")).orElseThrow());
        manyChunks = GoldenCase.open(CaseFiles.in(LONG.resolve("many-chunks")).orElseThrow());
    }

    @AfterAll
    static void close() {
        tokens64.close();
        manyChunks.close();
    }

    private static CheckResult on(GoldenCase golden, MemoryRuntime runtime, Calls calls) throws Exception {
        return assertInstanceOf(CheckResult.class, new FixtureCheck(golden, Tolerance.DEFAULT).on(runtime, calls));
    }

    private static String divergence(CheckResult result) {
        return result.firstDivergence().map(Divergence::toString).orElse("none")
                .replaceFirst(": expected .*", "");
    }

    @Test
    void shortFixturesAreRunWholeAndLongOnesInEverySmallerChunk() throws Exception {
        assertThat(Calls.all(63, true)).containsExactly(Calls.WHOLE);
        assertThat(Calls.all(64, true)).extracting(calls -> calls.of("it")).containsExactly("it", "it in chunks of 1",
                "it in chunks of 2", "it in chunks of 7", "it in chunks of 8", "it in chunks of 9",
                "it in chunks of 16",
                "it in chunks of 31", "it in chunks of 32", "it in chunks of 33", "it in chunks of 63",
                "it in steps of 1", "it in steps of 8", "it in steps of 64");
        assertThat(Calls.microbatches(8).of("it")).isEqualTo("it in microbatches of 8");
        assertThat(Calls.all(1000, false)).hasSize(1 + Calls.CHUNKS.size());
        assertThat(Calls.all(CaseFiles.in(LONG.resolve("many-chunks")).orElseThrow())).hasSize(1 + 14 + 3);
        assertThat(Calls.all(new CaseFiles("none", Path.of("none"), Optional.empty(), Optional.empty())))
                .containsExactly(Calls.WHOLE);
    }

    @ParameterizedTest
    @CsvSource({"CHUNKS,1", "CHUNKS,31", "CHUNKS,63", "STEPS,1", "STEPS,8", "STEPS,64"})
    void theReferencePasses(Calls.Kind kind, int tokens) throws Exception {
        for (GoldenCase golden : new GoldenCase[]{tokens64, manyChunks}) {
            CheckResult result = on(golden, REFERENCE, new Calls(kind, tokens));
            assertThat(result.errors()).isEmpty();
            assertThat(result.ok()).as("%s", result.firstDivergence()).isTrue();
            assertThat(result.caseName()).startsWith(golden.name() + " in ");
            assertThat(result.mistrusted()).isEmpty();
        }
    }

    @Test
    void stepsCoverEveryTokenAndBoundariesInEverySize() {
        TrueStates states = TrueStates.of(manyChunks);
        assertThat(Steps.of(manyChunks.fixture(), states, 64).all()).hasSize(6)
                .endsWith(new Steps.Step(320, 336)).startsWith(new Steps.Step(0, 64));
        assertThat(Steps.of(manyChunks.fixture(), states, 8).all()).hasSize(42);
        assertThat(Steps.of(manyChunks.fixture(), states, 1).all()).hasSize(104)
                .startsWith(new Steps.Step(0, 1), new Steps.Step(2, 3), new Steps.Step(3, 4), new Steps.Step(9, 10))
                .contains(new Steps.Step(63, 64), new Steps.Step(64, 65)).endsWith(new Steps.Step(335, 336));
    }

    /** Whole, in chunks and in steps of at least so many tokens, and not below; a difference is named by its token. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            WHOLE  | 0  | scan, write_routes[0, 31, 0] (token 31, layer 0)
            CHUNKS | 31 | none
            CHUNKS | 32 | features, feature_r[0, 32, 0] (token 32, layer 0)
            STEPS  | 8  | none
            STEPS  | 64 | features, feature_r[0, 32, 0] (token 32, layer 0)
            """)
    void aWriteThatIsLostInLongCallsIsFoundAtItsToken(Calls.Kind kind, int tokens, String divergence)
            throws Exception {
        MemoryRuntime drops = new Wrong(input -> input.tokens() < 32 ? input : masked(input, t -> t % 32 == 31), false);
        CheckResult result = on(tokens64, drops, new Calls(kind, tokens));
        assertThat(divergence(result)).isEqualTo(divergence);
        assertThat(result.ok()).isEqualTo(divergence.equals("none"));
    }

    @Test
    void aStepThatDiffersIsTheLastThatIsJudged() throws Exception {
        MemoryRuntime drops = new Wrong(input -> input.tokens() < 64 ? input : masked(input, t -> t == 63), false);
        CheckResult result = on(manyChunks, drops, Calls.steps(64));
        assertThat(divergence(result)).contains("(token 63, layer 0)");
        assertThat(result.notes()).contains("the steps behind the first that differs were not judged: 5 of 6");
    }

    @Test
    void aRuntimeWithoutRawStatesIsGivenSavedOnes() throws Exception {
        CheckResult result = on(tokens64, new Wrong(Function.identity(), true), Calls.steps(8));
        assertThat(result.ok()).as("%s", result.firstDivergence()).isTrue();
    }

    @Test
    void withoutTheTruthOfTheFixtureStepsAreNotEvaluated() throws Exception {
        Tensor state = manyChunks.fixture().expected(MathTensor.FINAL_STATE).orElseThrow();
        double[] values = state.toDoubles();
        values[3] += 0.01;
        GoldenCase other = AlteredCases.with(manyChunks, AlteredCases.withExpected(manyChunks.fixture(),
                MathTensor.FINAL_STATE, Tensor.ofDoubles(state.shape(), values)));
        assertThat(new FixtureCheck(other, Tolerance.DEFAULT).on(REFERENCE, Calls.steps(64)))
                .isEqualTo(
                        new CaseNotEvaluated("many-chunks in steps of 64", "reference", "exact arithmetic does not give"
                                + " the fixture's final_state, so that the states to begin from are not known"));
    }

    @Test
    void oneChunkIsNotEvaluatedAsSeveral() throws Exception {
        assertThat(new FixtureCheck(tokens64, Tolerance.DEFAULT).on(REFERENCE, Calls.chunks(64)))
                .isEqualTo(new CaseNotEvaluated("tokens-64 in chunks of 64", "reference",
                        "the fixture has 64 tokens, which are one such chunk"));
    }

    /** What a process gives back is a thousandth of all values, where they are compared at kept tokens alone. */
    @Test
    void rowsThatAreKeptStandForTheWhole() throws Exception {
        FixtureCheck check = new FixtureCheck(tokens64, Tolerance.DEFAULT);
        Calls chunks = Calls.chunks(31);
        TensorSet whole = check.run(REFERENCE, chunks);
        TensorSet kept = check.kept(chunks, whole);
        TensorSet among = check.whole(chunks, kept);
        for (MathTensor name : whole.names()) {
            assertThat(kept.get(name).shape()).as(name.label()).isEqualTo(tokens64.fixture().expected(name)
                    .map(Tensor::shape).orElse(whole.get(name).shape()));
            assertThat(among.get(name).shape()).as(name.label()).isEqualTo(whole.get(name).shape());
        }
        assertThat(kept.get(MathTensor.DELTA_Q).count()).isLessThan(whole.get(MathTensor.DELTA_Q).count());
        assertThat(among.get(MathTensor.DELTA_Q).sameBits(whole.get(MathTensor.DELTA_Q))).isFalse();
        assertThat(check.kept(chunks, among).sameBits(kept)).isTrue();
        assertThat(assertInstanceOf(CheckResult.class, check.judge("reference", chunks, among)).ok()).isTrue();
        assertThat(check.kept(Calls.WHOLE, whole)).isSameAs(whole);
        assertThat(check.whole(Calls.steps(8), whole)).isSameAs(whole);
        assertThat(check.kept(Calls.microbatches(8), whole).sameBits(kept)).isTrue();
    }

    @Test
    void theTokensThatAreKeptAreToldOnceForTensorsOfTheSame() {
        KeptTokens two = new KeptTokens(List.of(1, 3));
        Fixture fixture = tokens64.fixture().withLongForm(new LongForm(Map.of(), Map.of("raw_reads", two, "reads", two,
                "delta_q", new KeptTokens(List.of(0))), Optional.empty()));
        assertThat(Kept.facts(fixture,
                EnumSet.of(MathTensor.KEEP, MathTensor.RAW_READS, MathTensor.READS, MathTensor.DELTA_Q)))
                .containsExactly("raw_reads, reads: 2 of 64 tokens are kept and compared",
                        "delta_q: 1 of 64 tokens are kept and compared");
    }

    @Test
    void aCaseInEveryWayIsNamedByIt() {
        CaseFiles files = CaseFiles.in(LONG.resolve("tokens-64")).orElseThrow();
        assertThat(Calls.all(List.of(files, files))).hasSize(2 * 14).extracting(Calls.OfCase::name)
                .startsWith("tokens-64", "tokens-64 in chunks of 1");
        assertThat(Calls.OfCase.whole(files)).isEqualTo(new Calls.OfCase(files, Calls.WHOLE));
        assertThat(Calls.WHOLE.starts(3)).containsExactly(0);
        assertThat(Calls.WHOLE.starts(0)).isEmpty();
        assertThat(Calls.chunks(2).starts(4)).containsExactly(0, 2);
        assertThat(Calls.chunks(2).starts(5)).containsExactly(0, 2, 4);
    }

    @Test
    void withoutSidecarTheScanIsReplayedInChunks() throws Exception {
        GoldenCase alone = AlteredCases.withoutSidecar(manyChunks);
        assertThat(on(alone, REFERENCE, Calls.chunks(33)).ok()).isTrue();
        assertThat(new FixtureCheck(alone, Tolerance.DEFAULT).on(REFERENCE, Calls.steps(8)))
                .isEqualTo(new CaseNotEvaluated("many-chunks in steps of 8", "reference",
                        "without a sidecar the states to begin from are not known"));
    }

    private static ForwardInput masked(ForwardInput input, IntPredicate lost) {
        TokenMask mask = TokenMask.of(input.mask());
        boolean[] valid = new boolean[input.tokens()];
        IntStream.range(0, valid.length).forEach(t -> valid[t] = mask.valid(t) && !lost.test(t));
        return input.withMask(Tensor.ofBooleans(Shape.of(valid.length), valid));
    }

    /** The reference with other inputs than it was given, or without raw states but the first. */
    private record Wrong(Function<ForwardInput, ForwardInput> inputs, boolean saved) implements MemoryRuntime {
        @Override
        public String name() {
            return "wrong";
        }

        @Override
        public SortedMap<String, String> provenance() {
            return REFERENCE.provenance();
        }

        @Override
        public LoadedMemory load(MemoryModel model) throws NotEvaluatedException {
            LoadedMemory sound = REFERENCE.load(model);
            return new LoadedMemory() {
                @Override
                public MemorySession newSession() {
                    return new WrongSession(sound.newSession(), inputs, saved);
                }

                @Override
                public void close() {
                    sound.close();
                }
            };
        }

        @Override
        public TensorSet scan(MemoryConfig config, ScanInput input) {
            return REFERENCE.scan(config, input);
        }

        @Override
        public void close() {
            // nothing of its own
        }
    }

    private record WrongSession(MemorySession sound, Function<ForwardInput, ForwardInput> inputs,
            boolean saved) implements MemorySession {
        @Override
        public TensorSet forward(int layer, ForwardInput input) {
            return sound.forward(layer, inputs.apply(input));
        }

        @Override
        public LayerState state(int layer) {
            return sound.state(layer);
        }

        @Override
        public void setState(int layer, LayerState state) {
            if (saved) {
                throw new RuntimeFailure("no raw states");
            }
            sound.setState(layer, state);
        }

        @Override
        public void loadState(byte[] payload) {
            sound.loadState(payload);
        }

        @Override
        public void reset() {
            sound.reset();
        }

        @Override
        public void close() {
            sound.close();
        }
    }
}
