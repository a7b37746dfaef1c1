package rwkvms.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Percentage.withPercentage;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import rwkvms.comparison.Divergence;
import rwkvms.comparison.KeptTokens;
import rwkvms.comparison.TensorComparison;
import rwkvms.comparison.Tolerance;
import rwkvms.fixtures.Fixture;
import rwkvms.fixtures.FixtureException;
import rwkvms.fixtures.FixtureSchema;
import rwkvms.fixtures.Float32Run;
import rwkvms.fixtures.LongForm;
import rwkvms.math.MathTensor;
import rwkvms.math.Stage;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.RuntimeFailure;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** The long golden cases of {@code golden/data-long}: what is read of them, and how the reference is judged by them. */
final class LongCasesTests {
    private static final Path ROOT = Path.of(System.getProperty("rwkvms.root", ".."));
    private static final Path LONG = ROOT.resolve("golden/data-long");
    /** Largest part of the tolerance that the reference uses where nothing is ill-conditioned; measured: 4 %. */
    private static final double REFERENCE_USES = 0.1;

    private static final List<GoldenCase> CASES = new ArrayList<>();
    private static final Map<String, CheckResult> JUDGED = new HashMap<>();
    private static final ReferenceRuntime REFERENCE = new ReferenceRuntime();

    @BeforeAll
    static void open() throws Exception {
        for (CaseFiles files : CaseFiles.below(LONG)) {
            CASES.add(GoldenCase.open(files));
        }
    }

    @AfterAll
    static void close() {
        CASES.forEach(GoldenCase::close);
        CASES.clear();
    }

    static Stream<Arguments> cases() {
        return CASES.stream().map(golden -> Arguments.of(Named.of(golden.name(), golden)));
    }

    private static GoldenCase golden(String name) {
        return CASES.stream().filter(golden -> golden.name().equals(name)).findFirst().orElseThrow();
    }

    private static CheckResult judged(GoldenCase golden, TensorSet actual) {
        return assertInstanceOf(CheckResult.class,
                new FixtureCheck(golden, Tolerance.DEFAULT).judge("reference", actual));
    }

    /** The reference's verdict, which several tests look at. */
    private static CheckResult judgedReference(GoldenCase golden) throws Exception {
        CheckResult known = JUDGED.get(golden.name());
        if (known == null) {
            known = judged(golden, run(golden));
            JUDGED.put(golden.name(), known);
        }
        return known;
    }

    private static TensorSet run(GoldenCase golden) throws Exception {
        return new FixtureCheck(golden, Tolerance.DEFAULT).run(REFERENCE);
    }

    /** Projections, features, coefficients and the state in the end: no softmax stands between them and the input. */
    private static boolean wellConditioned(MathTensor tensor) {
        return tensor.stage().orElseThrow().compareTo(Stage.SCAN) < 0
                || tensor == MathTensor.FINAL_STATE || tensor == MathTensor.WRITE_ROUTES;
    }

    @Test
    void sevenCasesOfTheirOwnAndNoneOfTheSuitesSweepThem() throws Exception {
        assertThat(CASES).extracting(GoldenCase::name).containsExactly("last-slot", "long-mask", "many-chunks",
                "state-1000", "tokens-1024", "tokens-256", "tokens-64");
        assertThat(CaseFiles.below(ROOT.resolve("golden/data"))).extracting(CaseFiles::name)
                .doesNotContainAnyElementsOf(CASES.stream().map(GoldenCase::name).toList());
    }

    /** Six MiB was the most that the repository should grow by; the shared sidecar is there already, byte by byte. */
    @Test
    void theyAreSmall() throws Exception {
        long bytes = 0;
        for (GoldenCase golden : CASES) {
            bytes += Files.size(golden.fixtureFile());
        }
        assertThat(bytes).isLessThan(3L << 20);
        assertThat(LONG.resolve("sidecar.gguf")).hasSameBinaryContentAs(
                ROOT.resolve("golden/data/real-size/sidecar.gguf"));
        assertThat(LONG.resolve("many-chunks/sidecar.gguf")).hasSameBinaryContentAs(
                ROOT.resolve("golden/data/three-states/sidecar.gguf"));
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("cases")
    void theTruthIsDoubleAndNothingIsUnknown(GoldenCase golden) {
        Fixture fixture = golden.fixture();
        assertThat(fixture.schema()).isEqualTo(FixtureSchema.LONG);
        assertThat(fixture.unknown()).isEmpty();
        assertThat(fixture.expected().values()).filteredOn(tensor -> tensor.dtype().isFloating())
                .extracting(Tensor::dtype).containsOnly(DType.FLOAT64);
        assertThat(fixture.longForm().generators()).containsOnlyKeys("hidden_states");
        assertThat(fixture.longForm().kept()).containsKeys("delta_q", "delta_o", "state_before", "candidate_state");
        assertThat(GoldenCase.replayable(fixture)).isTrue();
    }

    /** The largest difference that PyTorch's float32 is said to have is that of the values which are listed. */
    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("cases")
    void theFiguresOfFloat32AreThoseOfItsValues(GoldenCase golden) {
        Float32Run run = golden.fixture().longForm().float32().orElseThrow();
        run.tensors().forEach((name, figures) -> {
            Tensor expected = golden.fixture().expected().get(name);
            Tensor float32 = figures.in(expected);
            double largest = 0;
            for (int i = 0; i < expected.count(); i++) {
                double diff = Math.abs(float32.at(i) - expected.at(i));
                largest = Math.max(largest, diff / Tolerance.DEFAULT.limit(expected.at(i)));
            }
            if (figures.maxOfTolerance() > run.listedFrom()) {
                assertThat(largest).as(name).isCloseTo(figures.maxOfTolerance(),
                        withPercentage(0.1));
            } else {
                assertThat(figures.indices()).as(name).isEmpty();
            }
        });
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("cases")
    void theReferenceIsTheTruthWhereFloat32KnowsIt(GoldenCase golden) throws Exception {
        CheckResult result = judgedReference(golden);
        assertThat(result.errors()).isEmpty();
        assertThat(result.mistrusted()).isEmpty();
        assertThat(result.comparisons()).hasSize(golden.fixture().expected().size());
        for (TensorComparison comparison : result.comparisons()) {
            if (wellConditioned(comparison.tensor())) {
                assertThat(comparison.maxRatio()).as(comparison.tensor().label()).isLessThan(REFERENCE_USES);
            }
        }
    }

    @Test
    void theVerdictSaysWhichTokensWereCompared() throws Exception {
        CheckResult result = judgedReference(golden("tokens-1024"));
        assertThat(result.notes()).containsExactly(
                "memory_v, memory_q, memory_k, r_heads, w_heads, k_heads, v_heads, a_heads, b_heads, keep, erase, write,"
                        + " w_decay, positions_before, state_before, slot_reads, read_scores, candidate_state,"
                        + " state_after, positions_after: 17 of 1024 tokens are kept and compared",
                "delta_q, delta_o: 9 of 1024 tokens are kept and compared",
                "raw_reads: 8191 of 8192 at 1e-5; 1 at up to 6.2e-3, which is what float32 can know of them",
                "what float32 can know was measured in 24 runs, seed -643429132");
        assertThat(result.comparisons()).filteredOn(comparison -> comparison.tensor() == MathTensor.DELTA_Q)
                .extracting(TensorComparison::elements).containsExactly(9 * 2048);
    }

    /** A runtime that hands out the rows of the tokens before, or its kept rows in another order, is caught. */
    @Test
    void rowsOfOtherTokensAreNoticed() throws Exception {
        GoldenCase golden = golden("many-chunks");
        TensorSet sound = run(golden);
        for (MathTensor name : List.of(MathTensor.DELTA_Q, MathTensor.STATE_BEFORE, MathTensor.POSITIONS_AFTER)) {
            Tensor whole = sound.get(name);
            int tokens = whole.shape().dim(1);
            Tensor rows = whole.reshape(Shape.of(tokens, whole.count() / tokens));
            Tensor shifted = Tensor.concatenate(rows.rows(tokens - 1, tokens), rows.rows(0, tokens - 1))
                    .reshape(whole.shape());
            CheckResult result = judged(golden, with(sound, name, shifted));
            int kept = golden.fixture().kept(name).orElseThrow().count();
            assertThat(result.comparisons()).filteredOn(comparison -> comparison.tensor() == name).singleElement()
                    .satisfies(comparison -> assertThat(comparison.over()).as(name.label())
                            .isGreaterThanOrEqualTo(kept - 1));
        }
    }

    /** The last kept token is judged at its own row, and a difference is named by it. */
    @Test
    void aFaultAtAKeptTokenIsNamedByThatToken() throws Exception {
        GoldenCase golden = golden("many-chunks");
        TensorSet sound = run(golden);
        Tensor delta = sound.get(MathTensor.DELTA_O);
        int width = delta.shape().dim(2);
        assertThat(faultAt(golden, sound, 335 * width + 7)).contains("delta_o[0, 335, 7] (token 335, layer 0)");
        assertThat(faultAt(golden, sound, 254 * width)).contains("delta_o[0, 254, 0] (token 254, layer 0)");
        assertThat(faultAt(golden, sound, 257 * width)).isEmpty();
    }

    /** What is said of delta_o, and of nothing that comes before it, when one of its elements is moved. */
    private static String faultAt(GoldenCase golden, TensorSet sound, int at) {
        float[] values = sound.get(MathTensor.DELTA_O).toFloats();
        values[at] += 1e4f; // beyond what float32 could ever know, which a few runs show
        Tensor moved = Tensor.ofFloats(sound.get(MathTensor.DELTA_O).shape(), values);
        CheckResult result = judged(golden, with(sound, MathTensor.DELTA_O, moved));
        List<TensorComparison> deltas = result.comparisons().stream()
                .filter(comparison -> comparison.tensor() == MathTensor.DELTA_O).toList();
        return Divergence.first(0, deltas).map(Object::toString).orElse("");
    }

    private static TensorSet with(TensorSet sound, MathTensor name, Tensor tensor) {
        Map<MathTensor, Tensor> all = new EnumMap<>(MathTensor.class);
        sound.names().forEach(each -> all.put(each, sound.get(each)));
        all.put(name, tensor);
        return TensorSet.of(all);
    }

    /** The rows of the kept tokens alone are another shape than that of the pass. */
    @Test
    void aTensorOfTheKeptTokensAloneIsAnError() throws Exception {
        GoldenCase golden = golden("tokens-64");
        TensorSet sound = run(golden);
        KeptTokens kept = golden.fixture().kept(MathTensor.DELTA_Q).orElseThrow();
        CheckResult result = judged(golden,
                with(sound, MathTensor.DELTA_Q, kept.of(sound.get(MathTensor.DELTA_Q))));
        assertThat(result.errors()).containsExactly(
                "delta_q: expected shape [1, 64, 2048], found [1, 5, 2048] from the runtime reference");
    }

    /** The scan is replayed from every token's features: a case that keeps a few of them cannot be. */
    @Test
    void withoutSidecarEveryTokenIsNeeded() throws Exception {
        GoldenCase golden = golden("tokens-64");
        Fixture fixture = golden.fixture();
        KeptTokens some = new KeptTokens(List.of(0, 63));
        Tensor features = some.of(fixture.expected(MathTensor.FEATURE_K).orElseThrow());
        Fixture thin = AlteredCases.withExpected(fixture, MathTensor.FEATURE_K, features)
                .withLongForm(new LongForm(fixture.longForm().generators(), Map.of("feature_k", some),
                        Optional.empty()));
        assertThat(GoldenCase.replayable(thin)).isFalse();
        assertThatThrownBy(() -> new FixtureRun(thin).scan(REFERENCE)).isInstanceOf(RuntimeFailure.class).hasMessage(
                "expected.feature_k has 2 of 64 tokens; the scan cannot be replayed without all of them");
        assertThatThrownBy(() -> GoldenCase.requireReplayable(thin, Path.of("f.json")))
                .isInstanceOf(FixtureException.class).hasMessage("f.json: expected.feature_k: expected all 64 tokens,"
                        + " found 2; without a sidecar the scan is replayed from it");
    }

    /** Without weights the scan is replayed from the recorded features, and kept rows are compared all the same. */
    @Test
    void withoutSidecarTheScanIsReplayed() throws Exception {
        GoldenCase alone = AlteredCases.withoutSidecar(golden("many-chunks"));
        CheckResult result = judged(alone, run(alone));
        assertThat(result.ok()).isTrue();
        assertThat(result.comparisons()).hasSize(MathTensor.WITHOUT_WEIGHTS.size());
    }
}
