package rwkvms.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.golden.CheckResult;
import rwkvms.comparison.Tolerance;
import rwkvms.fixtures.Fixture;
import rwkvms.golden.Calls;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.hypotheses.Hypothesis;
import rwkvms.math.MathTensor;
import rwkvms.runtime.TensorSet;

/**
 * Which golden cases have what a mistake may need to show, as golden/pytorch/cases.py defines them, and what is said of failures
 * that have it in common.
 */
final class TraitTests {
    private static final Path CASES = Path.of(System.getProperty("rwkvms.root", ".."), "golden/data");
    private static final List<String> NAMES = List.of("basic", "single-token", "no-mask", "batch-mask", "all-masked",
            "chunk-rollover", "topk-2", "lambda-outside", "no-lambda", "free-lambda", "scalar-gates", "erase-gate-half",
            "no-normalize-qk", "alpha-3", "heads-2", "zero-state", "large-state", "semantics-2",
            "semantics-2-without-previous");
    private static final Map<String, Observation> SOUND = new LinkedHashMap<>();
    private static final List<GoldenCase> OPEN = new ArrayList<>();

    @BeforeAll
    static void open() throws Exception {
        for (String name : NAMES) {
            GoldenCase golden = GoldenCase.open(CaseFiles.in(CASES.resolve(name)).orElseThrow());
            OPEN.add(golden);
            SOUND.put(name, observed(golden, Mistaken.values(Hypothesis.CORRECT, golden)));
        }
    }

    @AfterAll
    static void close() {
        OPEN.forEach(GoldenCase::close);
        OPEN.clear();
        SOUND.clear();
    }

    private static Observation observed(GoldenCase golden, TensorSet given) {
        CheckResult result = (CheckResult) new FixtureCheck(golden, Tolerance.DEFAULT).judge("fake", given);
        return Observation.of(golden, Calls.WHOLE, result, given);
    }

    private static Observation sound(String name) {
        return Optional.ofNullable(SOUND.get(name)).orElseThrow();
    }

    private static Observation of(String name, Calls calls) {
        Observation whole = sound(name);
        return new Observation(whole.fixture(), whole.sidecar(), calls, whole.result(), whole.given(), whole.step());
    }

    /** The case with one value of a tensor moved. */
    private static Observation moved(String name, MathTensor tensor, int element) {
        return observed(OPEN.get(NAMES.indexOf(name)), Mistaken.moved(sound(name).given(), tensor, element, 1));
    }

    private static List<String> having(Trait trait) {
        return SOUND.entrySet().stream().filter(each -> trait.of(each.getValue())).map(Map.Entry::getKey).toList();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            TOP_K          | topk-2
            SEMANTICS_2    | semantics-2, semantics-2-without-previous
            HEADS          | heads-2
            LARGE_STATE    | large-state
            SCALAR_GATES   | scalar-gates, heads-2
            FREE_LAMBDA    | free-lambda
            LAMBDA_OUTSIDE | lambda-outside
            NO_LAMBDA      | no-lambda
            RAW_QK         | no-normalize-qk
            ERASE_GATE     | erase-gate-half
            PREVIOUS       | all-masked, semantics-2
            BATCH          | batch-mask, heads-2
            WRAP           | chunk-rollover
            """)
    void onlyTheseHaveIt(Trait trait, String names) {
        assertThat(having(trait)).containsExactly(names.split(", "));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            MASK        | single-token, no-mask, zero-state
            SEMANTICS_1 | semantics-2, semantics-2-without-previous
            STATE       | zero-state
            NO_PREVIOUS | all-masked, semantics-2
            """)
    void onlyTheseDoNot(Trait trait, String names) {
        List<String> others = new ArrayList<>(NAMES);
        others.removeAll(List.of(names.split(", ")));
        assertThat(having(trait)).containsExactlyElementsOf(others);
    }

    /** The alpha of math.md is 16, and the rank of these cases 8. */
    @Test
    void alphaIsComparedWithTheRank() {
        assertThat(having(Trait.ALPHA)).containsExactlyElementsOf(NAMES);
        Observation basic = sound("basic");
        Observation equal = new Observation(withAlpha(basic, basic.fixture().config().rank()), basic.sidecar(),
                basic.calls(), basic.result(), basic.given(), basic.step());
        assertThat(Trait.ALPHA.of(equal)).isFalse();
    }

    private static Fixture withAlpha(Observation observation, double alpha) {
        Fixture from = observation.fixture();
        return new Fixture(from.schema(), from.createdAt(), from.source(), from.pass(),
                from.config().withAlpha(alpha), from.adapterTensors(), from.inputs(), from.expected(), from.unknown());
    }

    @Test
    void theCallsAndTheirLength() {
        assertThat(having(Trait.LONG)).isEmpty();
        assertThat(having(Trait.CALLS)).isEmpty();
        assertThat(having(Trait.STEPS)).isEmpty();
        assertThat(Trait.CALLS.of(of("basic", Calls.chunks(2)))).isTrue();
        assertThat(Trait.STEPS.of(of("basic", Calls.chunks(2)))).isFalse();
        assertThat(Trait.CALLS.of(of("basic", Calls.steps(2)))).isFalse();
        assertThat(Trait.STEPS.of(of("basic", Calls.steps(2)))).isTrue();
    }

    private static boolean has(Trait trait, SmallCase small) {
        return trait.of(small.making(Hypothesis.CORRECT));
    }

    @Test
    void aMaskMasksSomething() {
        SmallCase small = SmallCase.of("small", 2);
        assertThat(has(Trait.MASK, small)).isFalse();
        assertThat(has(Trait.MASK, small.withMask(true, true))).isFalse();
        assertThat(has(Trait.MASK, small.withMask(true, false))).isTrue();
    }

    @Test
    void aLargeStateIsLargerThanTen() {
        SmallCase small = SmallCase.of("small", 1);
        assertThat(has(Trait.LARGE_STATE, small.with(MathTensor.INITIAL_STATE, 1, 0, 0, -10, 0, 0, 0, 0))).isFalse();
        assertThat(has(Trait.LARGE_STATE, small.with(MathTensor.INITIAL_STATE, 1, 0, 0, -10.5, 0, 0, 0, 0))).isTrue();
        assertThat(has(Trait.STATE, small.with(MathTensor.INITIAL_STATE, 0, 0, 0, 0, 0, 0, 0, -1e-9))).isTrue();
        assertThat(has(Trait.STATE, small.with(MathTensor.INITIAL_STATE, new double[8]))).isFalse();
    }

    /** Two slots of two tokens each: the fifth write begins anew. */
    @Test
    void positionsPassAllSlotsWithTheWriteBehindThem() {
        assertThat(has(Trait.WRAP, SmallCase.of("four", 4).with(config -> config.withChunkSize(2)))).isFalse();
        assertThat(has(Trait.WRAP, SmallCase.of("five", 5).with(config -> config.withChunkSize(2)))).isTrue();
    }

    @Test
    void sixtyFourTokensAreLong() {
        assertThat(has(Trait.LONG, SmallCase.of("63", 63))).isFalse();
        assertThat(has(Trait.LONG, SmallCase.of("64", 64))).isTrue();
        assertThat(Trait.LONG.label()).isEqualTo("64 tokens or more");
        assertThat(Trait.LARGE_STATE.label()).isEqualTo("a state larger than 10");
    }

    private static List<String> known(List<String> failing, List<String> passing) {
        return new Failures(failing.stream().map(each -> moved(each, MathTensor.KEEP, 0)).toList(),
                passing.stream().map(TraitTests::sound).toList(), failing.size() + passing.size()).known();
    }

    @Test
    void whatOnlyFailuresHaveIsSaid() {
        assertThat(known(List.of("topk-2"), List.of("basic", "batch-mask"))).containsExactly(
                "Token 0 differs in 1 of them.", "These fail: topk-2.", "Only cases with top-k fail, and all of them.");
        assertThat(known(List.of("basic", "topk-2"), List.of("no-mask", "no-lambda"))).containsExactly(
                "Token 0 differs in 2 of them.", "These fail: basic, topk-2.",
                "Only cases with masked tokens fail: 2 of 3.");
        assertThat(known(List.of("basic", "topk-2"), List.of("heads-2"))).containsExactly(
                "Token 0 differs in 2 of them.", "These pass: heads-2.");
        assertThat(known(List.of("basic"), List.of())).containsExactly("Token 0 differs in 1 of them.",
                "No case passes.");
    }

    private static String where(int judged, Observation... failing) {
        return new Failures(List.of(failing), List.of(), judged).where(true);
    }

    @Test
    void whereTheyDifferFirst() {
        Observation keep = moved("basic", MathTensor.KEEP, 0);
        Observation late = moved("no-mask", MathTensor.KEEP, 3 * 8);
        assertThat(where(1, keep))
                .isEqualTo("1 of 1 case differs first in coefficients, keep, from the first token on.");
        assertThat(where(2, keep))
                .isEqualTo("1 of 2 cases differs first in coefficients, keep, from the first token on.");
        assertThat(where(3, keep, late)).isEqualTo(
                "2 of 3 cases differ first in coefficients, keep, from token 0 to 3 on.");
        assertThat(where(3, keep, moved("no-lambda", MathTensor.MEMORY_V, 0))).isEqualTo("2 of 3 cases differ, first in"
                + " coefficients, keep (1); projection, memory_v (1), from the first token on.");
        assertThat(where(1, moved("chunk-rollover", MathTensor.KEEP, 9 * 8))).isEqualTo(
                "1 of 1 case differs first in coefficients, keep, from token 9 on.");
        assertThat(where(1, moved("basic", MathTensor.FINAL_STATE, 0)))
                .isEqualTo("1 of 1 case differs first in scan, final_state.");
    }

    /** Token 2 of four is masked: two writes before the last. */
    @Test
    void whatAWrongReadBehindAWriteMeans() {
        assertThat(where(1, moved("basic", MathTensor.RAW_READS, 8))).endsWith(
                "from the second token on: the state after the first write is wrong.");
        assertThat(where(1, moved("basic", MathTensor.RAW_READS, 3 * 8))).endsWith(
                "from the fourth token on: the state after an earlier write is wrong.");
        assertThat(where(1, moved("basic", MathTensor.RAW_READS, 0))).endsWith("from the first token on.");
        assertThat(where(1, moved("batch-mask", MathTensor.RAW_READS, (7 + 1) * 8))).endsWith(
                "from the second token on: the state after the first write is wrong.");
        assertThat(where(1, moved("basic", MathTensor.WRITE_ROUTES, 3 * 4))).endsWith("from the fourth token on.");
        assertThat(new Failures(List.of(moved("basic", MathTensor.RAW_READS, 8)), List.of(), 1).where(false))
                .endsWith("from the second token on.");
    }
}
