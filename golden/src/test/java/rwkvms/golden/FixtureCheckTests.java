package rwkvms.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import rwkvms.comparison.Divergence;
import rwkvms.comparison.KeptTokens;
import rwkvms.comparison.TensorComparison;
import rwkvms.comparison.Tolerance;
import rwkvms.file.Sha256;
import rwkvms.fixtures.Fixture;
import rwkvms.fixtures.LongForm;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.math.Stage;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.LayerWeights;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** A check passes only if everything was compared that had to be, and its verdict says what is wrong. */
final class FixtureCheckTests {
    private static final String WEIGHT = "model.language_model.layers.0.self_attn.memory_q_proj";

    private GoldenCase basic;

    @BeforeEach
    void open() throws Exception {
        basic = AlteredCases.golden("basic");
    }

    @AfterEach
    void close() {
        basic.close();
    }

    private static CheckResult check(GoldenCase golden) throws BindingException {
        try (ReferenceRuntime reference = new ReferenceRuntime()) {
            return assertInstanceOf(CheckResult.class, new FixtureCheck(golden, Tolerance.DEFAULT).on(reference));
        }
    }

    private CheckResult check(Fixture altered) throws BindingException {
        return check(AlteredCases.with(basic, altered));
    }

    @Test
    void soundCasePassesWithEveryTensorCompared() throws BindingException {
        CheckResult result = check(basic);
        assertThat(result.ok()).isTrue();
        assertThat(result.comparisons()).hasSize(33);
        assertThat(result.expected()).isEqualTo(33);
        assertThat(result.errors()).isEmpty();
        assertThat(result.firstDivergence()).isEmpty();
        assertThat(result.withWeights()).isTrue();
        assertThat(result.values()).isEqualTo(
                basic.fixture().expected().values().stream().mapToLong(Tensor::count).sum());
    }

    @Test
    void differenceFailsAndIsNamed() throws BindingException {
        Tensor reads = basic.fixture().expected(MathTensor.READS).orElseThrow();
        float[] values = reads.toFloats();
        values[9] += 1;
        CheckResult result = check(
                AlteredCases.withExpected(basic.fixture(), MathTensor.READS, Tensor.ofFloats(reads.shape(), values)));
        assertThat(result.ok()).isFalse();
        Divergence first = result.firstDivergence().orElseThrow();
        assertThat(first.stage()).isEqualTo(Stage.READOUT);
        assertThat(first.tensor()).isEqualTo(MathTensor.READS);
        assertThat(first.index()).isEqualTo("[0, 1, 1]");
        assertThat(first.token()).isEqualTo(1);
        assertThat(first.expected()).isEqualTo(values[9]);
        assertThat(result.comparisons()).filteredOn(comparison -> !comparison.passed())
                .extracting(TensorComparison::over).containsExactly(1);
    }

    @Test
    void differenceOfTwiceTheToleranceFails() throws BindingException {
        Tensor beta = basic.fixture().expected(MathTensor.BETA).orElseThrow();
        float[] values = beta.toFloats();
        values[0] += (float) (2 * Tolerance.DEFAULT.limit(values[0]));
        assertThat(check(
                AlteredCases.withExpected(basic.fixture(), MathTensor.BETA, Tensor.ofFloats(beta.shape(), values)))
                .ok()).isFalse();
    }

    @Test
    void missingTensorIsAnError() throws BindingException {
        CheckResult result = check(AlteredCases.without(basic.fixture(), MathTensor.RAW_READS));
        assertThat(result.ok()).isFalse();
        assertThat(result.expected()).isEqualTo(33);
        assertThat(result.comparisons()).hasSize(32);
        assertThat(result.errors())
                .containsExactly("expected.raw_reads is missing from the fixture; nothing to compare with");
    }

    /** Nobody is accused where there was nothing to judge. */
    @Test
    void whatHasNoTensorToJudgeIsNotEvaluated() {
        CheckResult nothing = new CheckResult("huge", "native", 0, Tolerance.DEFAULT, true, 0, List.of(), List.of(),
                List.of(), List.of("reads: not evaluated"));
        assertThat(nothing.orNotEvaluated()).isEqualTo(new CaseNotEvaluated("huge", "native",
                "there is no tensor that could be judged: reads: not evaluated"));
        CheckResult broken = new CheckResult("huge", "native", 0, Tolerance.DEFAULT, true, 0, List.of(),
                List.of("reads: the runtime native gave no such tensor"), List.of(), List.of());
        assertThat(broken.orNotEvaluated()).isSameAs(broken);
    }

    @Test
    void checkThatComparesNothingDoesNotPass() throws BindingException {
        CheckResult result = check(AlteredCases.withoutExpected(basic.fixture()));
        assertThat(result.ok()).isFalse();
        assertThat(result.comparisons()).isEmpty();
        assertThat(result.expected()).isEqualTo(33);
        assertThat(result.maxAbsDiff()).isNaN();
    }

    @Test
    void unknownExpectedTensorIsAnErrorAndUnknownInputANote() throws BindingException {
        CheckResult result = check(AlteredCases.withUnknown(basic.fixture(), "expected.novelty", "inputs.extra"));
        assertThat(result.ok()).isFalse();
        assertThat(result.errors()).containsExactly("expected.novelty: unknown, not compared");
        assertThat(result.notes()).contains("inputs.extra: unknown, not compared");
        assertThat(result.expected()).isEqualTo(34);
    }

    @Test
    void tensorOfAnotherShapeIsAnError() throws BindingException {
        Tensor reads = basic.fixture().expected(MathTensor.READS).orElseThrow();
        CheckResult result = check(AlteredCases.withExpected(basic.fixture(), MathTensor.READS,
                reads.reshape(Shape.of(reads.count()))));
        assertThat(result.ok()).isFalse();
        assertThat(result.errors()).containsExactly(
                "reads: expected shape [32], found [1, 4, 8] from the runtime reference");
    }

    @Test
    void withoutSidecarElevenTensorsAreCompared() throws BindingException {
        CheckResult result = check(AlteredCases.withoutSidecar(basic));
        assertThat(result.ok()).isTrue();
        assertThat(result.withWeights()).isFalse();
        assertThat(result.comparisons()).extracting(TensorComparison::tensor)
                .containsExactlyElementsOf(MathTensor.WITHOUT_WEIGHTS);
        assertThat(result.notes())
                .containsExactly("no sidecar: only the 11 tensors that need no weights are compared");
    }

    private void refuses(Fixture altered, String message) {
        assertThatThrownBy(() -> check(altered)).isInstanceOf(BindingException.class).hasMessage(message);
    }

    private static String sidecarOf(GoldenCase golden) {
        return golden.sidecar().orElseThrow().path().toString();
    }

    @Test
    void weightsOfAnotherFixtureAreRefused() {
        LayerWeights weights = basic.sidecar().orElseThrow().layer(0);
        String wrong = "0".repeat(64);
        refuses(AlteredCases.withWeightHash(basic.fixture(), WEIGHT, wrong),
                sidecarOf(basic) + ": " + WEIGHT + ": expected SHA-256 " + wrong
                        + " as in the fixture's adapter_layer_tensors, found " + Sha256.of(weights.memQ().bytes())
                        + " over the stored bfloat16[8, 64]");
    }

    @Test
    void weightThatTheSidecarLacksIsRefused() {
        String name = WEIGHT + "_of_another_kind";
        refuses(AlteredCases.withWeightHash(basic.fixture(), name, "0".repeat(64)), sidecarOf(basic) + ": " + name
                + ": expected the tensor that the fixture's adapter_layer_tensors names, found none");
    }

    @Test
    void layerThatTheSidecarDoesNotWrapIsRefused() {
        refuses(AlteredCases.withLayer(basic.fixture(), 7),
                sidecarOf(basic) + ": target layers: expected layer 7, as the fixture's config has it, found "
                        + basic.sidecar().orElseThrow().layers());
    }

    @Test
    void sidecarOfAnotherCaseIsRefused() throws Exception {
        try (GoldenCase other = AlteredCases.golden("rank-16")) {
            GoldenCase mixed = new GoldenCase("mixed", basic.fixtureFile(), basic.fixture(), other.sidecar(),
                    Optional.empty());
            assertThatThrownBy(() -> check(mixed)).isInstanceOf(BindingException.class)
                    .hasMessageStartingWith(sidecarOf(other) + ": ").hasMessageContaining(": expected SHA-256 ");
        }
    }

    @Test
    void halfPrecisionFixtureIsNotEvaluated() throws BindingException {
        for (DType dtype : new DType[]{DType.FLOAT16, DType.BFLOAT16}) {
            GoldenCase half = AlteredCases.with(basic,
                    basic.fixture().withPass(basic.fixture().pass().withDtype(dtype)));
            try (ReferenceRuntime reference = new ReferenceRuntime()) {
                CaseNotEvaluated outcome = assertInstanceOf(CaseNotEvaluated.class,
                        new FixtureCheck(half, Tolerance.DEFAULT).on(reference));
                assertThat(outcome.reason()).startsWith("the fixture was computed in " + dtype.label()
                        + ", which differs between PyTorch builds by far more than the tolerance; float32 is judged."
                        + " Measured, for information: max abs diff ").endsWith(" over 33 tensors");
                assertThat(outcome.caseName()).isEqualTo("basic");
                assertThat(outcome.runtime()).isEqualTo("reference");
            }
        }
    }

    /** Judging would be as wrong as running: nothing here scales a delta by a trained value. */
    @Test
    void trainedDeltaScaleIsNotEvaluated() throws BindingException {
        GoldenCase trained = AlteredCases.with(basic, AlteredCases.withTrainableDeltaScale(basic.fixture()));
        FixtureCheck check = new FixtureCheck(trained, Tolerance.DEFAULT);
        String reason = "delta_mem_config.trainable_delta_scale is true; no runtime honours it";
        try (ReferenceRuntime reference = new ReferenceRuntime()) {
            assertThat(check.on(reference)).isEqualTo(new CaseNotEvaluated("basic", "reference", reason));
            assertThat(check.judge("reference", TensorSet.of(Map.of())))
                    .isEqualTo(new CaseNotEvaluated("basic", "reference", reason));
            assertThatThrownBy(() -> check.run(reference)).isInstanceOf(NotEvaluatedException.class);
        }
    }

    @Test
    void settingsInWhichFixtureAndSidecarDifferAreNoted() throws Exception {
        try (GoldenCase topK = AlteredCases.golden("topk-2")) {
            CheckResult result = check(topK);
            assertThat(result.ok()).isTrue();
            assertThat(result.comparisons()).extracting(TensorComparison::notJudged).containsOnly(0); // no ties
            assertThat(result.notes())
                    .containsExactly(
                            "fixture and sidecar differ, the fixture's holds (fixture, sidecar): rwkv_ms_read_top_k: 2, 0");
        }
    }

    @Test
    void tieAtTheKthPlaceIsReportedAndNotJudged() throws Exception {
        try (GoldenCase topK = AlteredCases.golden("topk-2")) {
            GoldenCase tied = tied(topK);
            Fixture otherSlotKept = changed(tied.fixture(), MathTensor.READ_ROUTES_PER_HEAD, 0);
            CheckResult result = check(AlteredCases.with(tied, otherSlotKept));
            assertThat(result.notes()).anyMatch(note -> note.endsWith(
                    "tokens tie at the k-th place of top-k: their read_scores and read_routes are not judged"));
            assertThat(result.comparisons()).filteredOn(comparison -> comparison.notJudged() > 0)
                    .extracting(TensorComparison::tensor)
                    .containsExactly(MathTensor.READ_SCORES, MathTensor.READ_ROUTES_PER_HEAD, MathTensor.READ_ROUTES);
            assertThat(result.ok()).as(result.firstDivergence().toString()).isTrue();
            // what comes after the routes is judged all the same
            assertThat(check(AlteredCases.with(tied, changed(tied.fixture(), MathTensor.RAW_READS, 0))).ok()).isFalse();
        }
    }

    /** A tie is a token's: of a long fixture's kept rows those of tied tokens are not judged, and no others. */
    @Test
    void tiesOfKeptTokensAreTheirOwn() throws Exception {
        try (GoldenCase topK = AlteredCases.golden("topk-2")) {
            GoldenCase tied = tied(topK);
            int[] whole = scoresNotJudged(tied);
            int perToken = 0;
            List<Integer> tokens = new ArrayList<>();
            for (int token = 0; token < tied.fixture().pass().seqLen(); token++) {
                int[] one = scoresNotJudged(AlteredCases.with(tied, keeping(tied.fixture(), token)));
                perToken += one[0];
                if (one[0] > 0) {
                    tokens.add(token);
                    assertThat(one[0]).isEqualTo(one[1]);
                }
            }
            assertThat(perToken).isEqualTo(whole[0]).isPositive();
            assertThat(tokens).contains(0);
        }
    }

    private static Fixture keeping(Fixture fixture, int token) {
        KeptTokens kept = new KeptTokens(List.of(token));
        Tensor rows = kept.of(fixture.expected(MathTensor.READ_SCORES).orElseThrow());
        return AlteredCases.withExpected(fixture, MathTensor.READ_SCORES, rows)
                .withLongForm(new LongForm(Map.of(), Map.of("read_scores", kept), Optional.empty()));
    }

    /** Of read_scores: how many elements were not judged, and of how many. */
    private static int[] scoresNotJudged(GoldenCase golden) throws BindingException {
        TensorComparison scores = check(golden).comparisons().stream()
                .filter(comparison -> comparison.tensor() == MathTensor.READ_SCORES).findFirst().orElseThrow();
        return new int[]{scores.notJudged(), scores.elements()};
    }

    private static Fixture changed(Fixture fixture, MathTensor name, int index) {
        Tensor tensor = fixture.expected(name).orElseThrow();
        float[] values = tensor.toFloats();
        values[index] += 0.25f;
        return AlteredCases.withExpected(fixture, name, Tensor.ofFloats(tensor.shape(), values));
    }

    /** All slots of the initial state are the first, so that scores tie; expected is what the reference then computes. */
    private static GoldenCase tied(GoldenCase golden) throws Exception {
        Tensor state = golden.fixture().input(MathTensor.INITIAL_STATE);
        float[] values = state.toFloats();
        int slot = values.length / golden.fixture().config().numStates();
        for (int i = slot; i < values.length; i++) {
            values[i] = values[i % slot];
        }
        Fixture fixture = AlteredCases.withInput(golden.fixture(), MathTensor.INITIAL_STATE,
                Tensor.ofFloats(state.shape(), values));
        MemoryConfig config = fixture.config();
        try (ReferenceRuntime reference = new ReferenceRuntime();
                LoadedMemory memory = reference
                        .load(new MemoryModel(golden.sidecar().orElseThrow(), golden.base(), config))) {
            TensorSet computed = new FixtureRun(fixture).forward(memory);
            for (String label : golden.fixture().expected().keySet()) {
                MathTensor name = MathTensor.ofLabel(label).orElseThrow();
                fixture = AlteredCases.withExpected(fixture, name, computed.get(name));
            }
        }
        return AlteredCases.with(golden, fixture);
    }
}
