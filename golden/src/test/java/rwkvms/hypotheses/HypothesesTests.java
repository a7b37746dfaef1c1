package rwkvms.hypotheses;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.FixtureRun;
import rwkvms.golden.GoldenCase;
import rwkvms.math.MathTensor;
import rwkvms.math.Stage;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Tensor;

/** The correct rule is math.md, and every mistake differs from it somewhere. */
final class HypothesesTests {
    private static final Path CASES = Path.of(System.getProperty("rwkvms.root", ".."), "golden", "data");

    static Stream<Arguments> cases() throws Exception {
        return CaseFiles.below(CASES).stream().map(files -> Arguments.of(files.name(), files));
    }

    static List<TensorSet> run(Hypothesis hypothesis, GoldenCase golden) {
        FixtureRun run = new FixtureRun(golden.fixture());
        Layer layer = Layer.of(golden.fixture().config(),
                golden.sidecar().orElseThrow().layer(golden.fixture().pass().layer()));
        boolean given = golden.fixture().optionalInput(MathTensor.INITIAL_PREVIOUS_SOURCE).isPresent();
        return IntStream.range(0, golden.fixture().pass().batchSize()).mapToObj(
                row -> hypothesis.forward(layer, run.initialState(row), run.input(row), given, List.of(0))).toList();
    }

    private static double largestRatio(GoldenCase golden, List<TensorSet> rows) {
        double largest = 0;
        for (MathTensor name : MathTensor.values()) {
            Tensor expected = golden.fixture().expected(name).orElse(null);
            if (expected == null) {
                continue;
            }
            Tensor given = Tensor
                    .concatenate(rows.stream().map(row -> row.get(name)).toArray(Tensor[]::new));
            if (!given.shape().equals(expected.shape())) {
                return Double.POSITIVE_INFINITY;
            }
            double[] found = given.toDoubles();
            double[] right = expected.toDoubles();
            for (int i = 0; i < right.length; i++) {
                double diff = Math.abs(found[i] - right[i]);
                largest = Math.max(largest, found[i] == right[i]
                        ? 0
                        : Double.isNaN(diff)
                                ? Double.POSITIVE_INFINITY
                                : diff / Tolerance.DEFAULT.limit(right[i]));
            }
        }
        return largest;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void theCorrectRuleGivesWhatPyTorchGave(String name, CaseFiles files) throws Exception {
        try (GoldenCase golden = GoldenCase.open(files)) {
            assertThat(largestRatio(golden, run(Hypothesis.CORRECT, golden))).isLessThan(1);
        }
    }

    @Test
    void everyMistakeDiffersSomewhere() throws Exception {
        List<Hypothesis> unseen = new ArrayList<>(Hypotheses.ALL);
        for (CaseFiles files : CaseFiles.below(CASES)) {
            try (GoldenCase golden = GoldenCase.open(files)) {
                unseen.removeIf(each -> largestRatio(golden, run(each, golden)) > 10);
            }
        }
        assertThat(unseen).isEmpty();
    }

    /** Made anew beside the rule, as for a pair, a mistake gives what it gives alone. */
    @Test
    void theRuleAndAMistakeAreTheMistake() throws Exception {
        try (GoldenCase golden = GoldenCase.open(CaseFiles.in(CASES.resolve("basic")).orElseThrow())) {
            assertThat(Hypotheses.ALL).allSatisfy(each -> assertThat(
                    run(Hypothesis.CORRECT.and(each), golden).getFirst().sameBits(run(each, golden).getFirst()))
                    .as(each.name()).isTrue());
        }
    }

    /** With a previous source and masked tokens on both sides of a boundary. */
    @Test
    void theRuleGivesInSeveralCallsWhatItGivesInOne() throws Exception {
        try (GoldenCase golden = GoldenCase.open(CaseFiles.in(CASES.resolve("streaming")).orElseThrow())) {
            FixtureRun run = new FixtureRun(golden.fixture());
            Layer layer = Layer.of(golden.fixture().config(),
                    golden.sidecar().orElseThrow().layer(golden.fixture().pass().layer()));
            TensorSet whole = run(Hypothesis.CORRECT, golden).getFirst();
            for (List<Integer> starts : List.of(List.of(0, 3, 6), List.of(0, 1, 2, 3, 4, 5, 6, 7))) {
                assertThat(Hypothesis.CORRECT.forward(layer, run.initialState(0), run.streaming(0), true, starts)
                        .sameBits(whole)).as("%s", starts).isTrue();
            }
        }
    }

    /** A mistake may show a tensor of a later stage under the name of an earlier one, and then has none. */
    @ParameterizedTest
    @EnumSource
    void upToAStageTheValuesAreTheSame(Stage last) throws Exception {
        try (GoldenCase golden = GoldenCase.open(CaseFiles.in(CASES.resolve("step-trace")).orElseThrow())) {
            FixtureRun run = new FixtureRun(golden.fixture());
            Layer layer = Layer.of(golden.fixture().config(),
                    golden.sidecar().orElseThrow().layer(golden.fixture().pass().layer()));
            List<Hypothesis> some = IntStream.range(0, Hypotheses.ALL.size()).filter(i -> i % 10 == last.ordinal())
                    .mapToObj(Hypotheses.ALL::get).toList();
            for (Hypothesis each : Stream.concat(Stream.of(Hypothesis.CORRECT), some.stream()).toList()) {
                TensorSet whole = run(each, golden).getFirst();
                TensorSet part = each.forward(layer, run.initialState(0), run.input(0), false, List.of(0), last);
                assertThat(part.names()).as(each.name()).allSatisfy(
                        name -> assertThat(part.get(name).sameBits(whole.get(name))).as(name.label()).isTrue());
                if (each == Hypothesis.CORRECT) {
                    assertThat(part.names())
                            .containsAll(whole.names().stream().filter(name -> upTo(last, name)).toList());
                    assertThat(part.names()).allMatch(name -> upTo(computed(last), name));
                }
            }
        }
    }

    /** The stage behind which nothing is computed: gates are made with the features, the scan makes coefficients, and the readout deltas. */
    private static Stage computed(Stage last) {
        return switch (last) {
            case PROJECTION, FEATURES -> Stage.COEFFICIENTS;
            case COEFFICIENTS, SCAN -> Stage.SCAN;
            case READOUT, DELTA -> Stage.DELTA;
        };
    }

    private static boolean upTo(Stage last, MathTensor name) {
        return name.stage().isEmpty() || name.stage().get().compareTo(last) <= 0;
    }

    @Test
    void whatChangesNothingIsTheRule() throws Exception {
        Hypothesis nothing = new Hypothesis("nothing changed", "math.md", "did nothing", Changed::new);
        for (String name : List.of("streaming", "topk-2", "heads-2")) {
            try (GoldenCase golden = GoldenCase.open(CaseFiles.in(CASES.resolve(name)).orElseThrow())) {
                assertThat(run(nothing, golden).getFirst().sameBits(run(Hypothesis.CORRECT, golden).getFirst()))
                        .as(name).isTrue();
            }
        }
    }

    @Test
    void mistakesAndPairsAreFoundByName() {
        for (Hypothesis each : Hypotheses.ALL) {
            assertThat(Hypotheses.named(each.name())).containsSame(each);
        }
        Hypothesis pair = Hypotheses.named("no decay\" and \"top-k ignored").orElseThrow();
        assertThat(pair).hasToString("no decay\" and \"top-k ignored");
        assertThat(pair.section()).isEqualTo("math.md §4, step 6 and math.md §4, step 2");
        assertThat(pair.developer()).isEqualTo("left the decay out; kept every score");
        assertThat(pair.rule().kept(new double[]{2}, new double[]{3}, 0, 0)).isEqualTo(2);
        assertThat(Hypotheses.named("no decay\" and \"no write gate").orElseThrow().section())
                .isEqualTo("math.md §4, step 6");
        assertThat(Hypotheses.named("no decay\" and \"none of these")).isEmpty();
        assertThat(Hypotheses.named("none of these\" and \"no decay")).isEmpty();
        assertThat(Hypotheses.named("none of these")).isEmpty();
    }

    @Test
    void theNamesAreDifferent() {
        assertThat(Hypotheses.ALL).extracting(Hypothesis::name).doesNotHaveDuplicates();
        assertThat(Hypotheses.ALL).hasSizeGreaterThanOrEqualTo(60);
        assertThat(Hypotheses.ALL).allSatisfy(each -> {
            assertThat(each.section()).matches("math\\.md §[1-6].*|semantics\\.md.*");
            assertThat(each.developer()).isNotBlank();
        });
    }
}
