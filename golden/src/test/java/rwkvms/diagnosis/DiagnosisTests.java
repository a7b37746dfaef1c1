package rwkvms.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.comparison.Tolerance;
import rwkvms.diagnosis.Diagnosis.Finding;
import rwkvms.golden.Calls;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.hypotheses.Hypotheses;
import rwkvms.hypotheses.Hypothesis;
import rwkvms.math.MathTensor;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Tensor;

/** What is said of a runtime, and what is not. */
final class DiagnosisTests {
    private static final String[] SOME = {"basic", "topk-2", "semantics-2", "step-trace"};
    private static final long SEED = 20261129;
    private static final Path NO_MASK = Path.of(System.getProperty("rwkvms.root", ".."),
            "golden/data/no-mask");

    private static Hypothesis named(String name) {
        return Hypotheses.named(name).orElseThrow();
    }

    private static Function<GoldenCase, TensorSet> making(Hypothesis mistake) {
        return golden -> Mistaken.values(mistake, golden);
    }

    private static Diagnosis of(Function<GoldenCase, TensorSet> runtime, String... cases) throws Exception {
        try (Mistaken mistaken = Mistaken.on(cases)) {
            List<Diagnosis> all = mistaken.diagnoses(runtime);
            assertThat(all).hasSize(1);
            return all.getFirst();
        }
    }

    @Test
    void aMistakeIsNamedWithItsSection() throws Exception {
        Diagnosis said = of(making(named("decay multiplies rows instead of columns")), SOME);
        assertThat(said.finding()).isEqualTo(Finding.NAMED);
        assertThat(said.lines()).hasSize(2);
        assertThat(said.lines().get(1)).matches("Your values are those of \"decay multiplies rows instead of columns\""
                + " in 4 of 4 cases \\(max abs diff \\S+\\)\\. See math\\.md §4, step 6\\."
                + " It looks as if somebody took d\\[i\\] for d\\[j\\]\\.");
    }

    @Test
    void theFirstLineSaysWhereTheFailuresBegin() throws Exception {
        assertThat(of(making(named("the r of the token before")), "basic", "no-lambda").where())
                .isEqualTo("2 of 2 cases differ first in scan, read_routes_per_head, from the first token on.");
        assertThat(of(making(named("nothing erased")), "alpha-3", "no-lambda").where()).isEqualTo(
                "2 of 2 cases differ first in scan, read_routes_per_head, from the second token on: the state after"
                        + " the first write is wrong.");
    }

    @Test
    void theTwoThatTheIssueNamesAreToldApart() throws Exception {
        for (String each : List.of("tanh between a1 and a2", "x_k and x_v swapped")) {
            Diagnosis said = of(making(named(each)), SOME);
            assertThat(said.explanations()).extracting(found -> found.hypothesis().name()).containsExactly(each);
        }
    }

    private static List<Diagnosis> of(Hypothesis mistake, Calls calls) throws Exception {
        Diagnostician diagnostician = new Diagnostician(Mistaken.ENOUGH);
        try (GoldenCase golden = GoldenCase.open(CaseFiles.in(NO_MASK).orElseThrow())) {
            new FixtureCheck(golden, Tolerance.DEFAULT, diagnostician).on(new HypothesisRuntime(mistake), calls);
        }
        return diagnostician.diagnoses();
    }

    /** Each begins in the true state: the one that differs first is held against the hypotheses. */
    @ParameterizedTest
    @ValueSource(ints = {2, 64})
    void aMistakeInStepsIsNamed(int tokens) throws Exception {
        String name = "decay multiplies rows instead of columns";
        assertThat(of(named(name), Calls.steps(tokens))).singleElement().satisfies(said -> {
            assertThat(said.where()).matches("1 of 1 case differs first in scan, .*, from the \\w+ token on.*");
            assertThat(said.explanations()).as("%s", said.lines()).extracting(found -> found.hypothesis().name())
                    .containsExactly(name);
        });
        assertThat(of(Hypothesis.CORRECT, Calls.steps(tokens))).isEmpty();
    }

    /** Nothing shows in a single call. */
    @Test
    void aMistakeBetweenCallsIsNamed() throws Exception {
        String name = "the previous source forgotten";
        assertThat(of(named(name), Calls.WHOLE)).isEmpty();
        assertThat(of(named(name), Calls.chunks(2))).singleElement().satisfies(said -> assertThat(said.explanations())
                .as("%s", said.lines()).extracting(found -> found.hypothesis().name()).containsExactly(name));
    }

    @Test
    void twoMistakesOfOneRuntimeAreNamedAsAPair() throws Exception {
        Hypothesis pair = named("no tanh between w1 and w2").and(named("the read after the write"));
        Diagnosis said = of(making(pair), SOME);
        assertThat(said.finding()).isEqualTo(Finding.NAMED);
        assertThat(said.lines().get(1)).contains("no tanh between w1 and w2", "the read after the write");
    }

    @Test
    void aMistakeOfSomeCasesOnlyIsPartOfTheStory() throws Exception {
        Function<GoldenCase, TensorSet> runtime = golden -> {
            TensorSet values = Mistaken.values(named("feature_a is kk"), golden);
            return golden.name().equals("topk-2") ? Mistaken.moved(values, MathTensor.MEMORY_V, 7, 0.25) : values;
        };
        Diagnosis said = of(runtime, SOME);
        assertThat(said.finding()).isEqualTo(Finding.PARTLY);
        assertThat(said.lines().get(1)).startsWith("Your values are those of \"feature_a is kk\" in 3 of 4 cases");
        assertThat(said.lines().get(2)).isEqualTo("There it is, but not alone: topk-2 differs in another way.");
    }

    @Test
    void anUnknownMistakeIsGivenNoName() throws Exception {
        Function<GoldenCase, TensorSet> runtime = golden -> golden.fixture().config().masksSlots()
                ? Mistaken.moved(Mistaken.values(Hypothesis.CORRECT, golden), MathTensor.RAW_READS, 9, 0.01)
                : Mistaken.values(Hypothesis.CORRECT, golden);
        Diagnosis said = of(runtime, SOME);
        assertThat(said.finding()).isEqualTo(Finding.NONE);
        assertThat(said.explanations()).isEmpty();
        assertThat(said.lines()).contains("None of " + Hypotheses.ALL.size() + " hypotheses gives these values.",
                "Token 0 is right in all of them; the first difference is at token 1.",
                "Only cases with top-k fail, and all of them.");
    }

    @Test
    void aSoundRuntimeIsNotDiagnosed() throws Exception {
        try (Mistaken sound = Mistaken.on(SOME)) {
            assertThat(sound.diagnoses(making(Hypothesis.CORRECT))).isEmpty();
        }
    }

    /** Roundings as large as the tolerance allows are no mistake, nor are those beyond it. */
    @Test
    void roundingsAreGivenNoName() throws Exception {
        SplittableRandom random = new SplittableRandom(SEED);
        try (Mistaken mistaken = Mistaken.on(SOME)) {
            for (double size : new double[]{1e-5, 1e-4}) {
                List<Diagnosis> said = mistaken
                        .diagnoses(golden -> rounded(Mistaken.values(Hypothesis.CORRECT, golden), size, random));
                assertThat(said).as("roundings of %s, seed %s", size, SEED)
                        .allSatisfy(each -> assertThat(each.explanations()).isEmpty());
            }
        }
    }

    /** A mistake stays visible through float32's own roundings. */
    @Test
    void aMistakeIsNamedThroughRoundings() throws Exception {
        SplittableRandom random = new SplittableRandom(SEED);
        for (String each : List.of("x_k and x_v swapped")) {
            Diagnosis said = of(golden -> rounded(Mistaken.values(named(each), golden), 1e-6, random), SOME);
            assertThat(said.explanations()).as("%s, seed %s", each, SEED)
                    .extracting(found -> found.hypothesis().name()).containsExactly(each);
        }
    }

    /** Sums of large terms leave roundings of their size where little is left of them. */
    @Test
    void aMistakeThatMakesValuesGrowIsNamed() throws Exception {
        SplittableRandom random = new SplittableRandom(SEED);
        String name = "BF16 weights read as F16";
        assertThat(of(golden -> roundedByScale(Mistaken.values(named(name), golden), 1e-7, random), SOME)
                .explanations()).as("seed %s", SEED).extracting(found -> found.hypothesis().name())
                .containsExactly(name);
    }

    private static TensorSet roundedByScale(TensorSet values, double size, SplittableRandom random) {
        Map<MathTensor, Tensor> tensors = new EnumMap<>(MathTensor.class);
        for (MathTensor name : values.names()) {
            Tensor tensor = values.get(name);
            double[] numbers = tensor.toDoubles();
            double scale = Arrays.stream(numbers).map(Math::abs).filter(each -> each < 1e30).max().orElse(0);
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] += size * (Math.abs(numbers[i]) < 1e30 ? scale : 0) * (2 * random.nextDouble() - 1);
            }
            tensors.put(name, tensor.dtype().isFloating() ? Tensor.ofDoubles(tensor.shape(), numbers) : tensor);
        }
        return TensorSet.of(tensors);
    }

    private static TensorSet rounded(TensorSet values, double size, SplittableRandom random) {
        Map<MathTensor, Tensor> tensors = new EnumMap<>(MathTensor.class);
        for (MathTensor name : values.names()) {
            Tensor tensor = values.get(name);
            double[] numbers = tensor.toDoubles();
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] += size * (Math.abs(numbers[i]) < 1e30 ? 1 : 0) * (2 * random.nextDouble() - 1);
            }
            tensors.put(name, tensor.dtype().isFloating() ? Tensor.ofDoubles(tensor.shape(), numbers) : tensor);
        }
        return TensorSet.of(tensors);
    }
}
