package rwkvms.report.drift;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.comparison.Tolerance;
import rwkvms.math.MathTensor;
import rwkvms.report.Entry;
import rwkvms.report.Verdict;

/** What counts as drift, and what as lost. */
final class ComparisonTests {
    private static final Measured NEAR = Baselines.measured(1);

    private static ComparisonReport report(Baseline before, Baseline after) {
        return new ComparisonReport(Comparison.of(before, after), "old.json", true, true);
    }

    private static Baseline one(Measured measured) {
        return Baselines.of("native", "basic", Map.of(MathTensor.FEATURE_K, measured));
    }

    /** Errors in units in the last place of the scale, before and now. */
    @ParameterizedTest
    @CsvSource({"1, 1, same", "1, 8, same", "1, 8.001, worse", "0, 8, same", "0, 8.001, worse", "3, 12, same",
            "3, 12.001, worse", "12.001, 3, better", "12, 3, same", "9, 1, better", "7, 0, same", "0, 0, same",
            "40, 160, same", "40, 160.1, worse", "Infinity, Infinity, same", "1, Infinity, worse",
            "Infinity, 1, better"})
    void anErrorThatGrewMoreThanFourTimesAndBeyondEightUnits(double before, double after, String accuracy) {
        Comparison comparison = Comparison.of(one(Baselines.measured(before)), one(Baselines.measured(after)));

        assertThat(comparison.accuracy().word()).isEqualTo(accuracy);
        assertThat(comparison.stages()).singleElement().extracting(stage -> stage.accuracy().word())
                .isEqualTo(accuracy);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1.9, 1", "2, 2", "1000, 512", "0.75, 0.5", "0, 1"})
    void theUnitIsThatOfFloat32AtTheScale(double scale, double power) {
        assertThat(new Measured(1, 0, power * 3 * Baselines.ULP, scale, true).ulps()).isEqualTo(3);
    }

    @Test
    void theScaleOfEitherRunWillDo() {
        Measured old = new Measured(100, 0.01, Baselines.ULP, Double.NaN, true);

        assertThat(Comparison.of(one(old), one(Baselines.measured(9))).accuracy()).isEqualTo(Accuracy.WORSE);
        assertThat(Comparison.of(one(old), one(Baselines.measured(8))).accuracy()).isEqualTo(Accuracy.SAME);
    }

    @Test
    void withoutAnyScaleDriftIsNotJudged() {
        Measured old = new Measured(100, 0.01, Baselines.ULP, Double.NaN, true);
        Measured later = new Measured(100, 0.9, 0.1, Double.NaN, true);
        ComparisonReport report = report(one(old), one(later));

        assertThat(report.comparison().accuracy()).isEqualTo(Accuracy.NOT_JUDGED);
        assertThat(report.entries()).filteredOn(each -> each.notEvaluated().isPresent()).singleElement()
                .extracting(Entry::name, Entry::message).containsExactly("native: accuracy of features",
                        "neither run has the scale of the tensors, which older gates did not write");
        assertThat(report.obstacles()).singleElement().extracting(each -> each.message()).isEqualTo(
                "--fail-on-drift: not judged: native: neither run has the scale of the tensors, which older gates did not write");
        assertThat(new ComparisonReport(report.comparison(), "old.json", false, true).obstacles()).isEmpty();
    }

    private static Comparison on(String runtime, Map<String, String> before, Map<String, String> after, double error) {
        return Comparison.of(Baselines.of(before, Map.of(runtime, Map.of("a", judged(1)))),
                Baselines.of(after, Map.of(runtime, Map.of("a", judged(error)))));
    }

    /** Sums in float32 round in another way there, sums in double do not. */
    @ParameterizedTest
    @CsvSource({"native, worse", "reference, worse", "native on CPU, not judged", "l.so, not judged"})
    void onAnotherMachineOnlySumsInDoubleAreJudged(String runtime, String accuracy) {
        Map<String, String> one = Map.of("cpu", "one", "sha256 library: libggml-cpu-x64.so", "1");
        List<Map<String, String>> others = List.of(Map.of("cpu", "two", "sha256 library: libggml-cpu-x64.so", "1"),
                Map.of("cpu", "one", "sha256 library: libggml-cpu-zen4.so", "1"),
                Map.of("cpu", "one", "sha256 library: libggml-cpu-x64.so", "1", "device.description", "a GPU"));
        Map<String, String> build = Map.of("cpu", "one", "sha256 library: libggml-cpu-x64.so", "2");

        for (Map<String, String> other : others) {
            assertThat(on(runtime, one, other, 9).accuracy().word()).isEqualTo(accuracy);
        }
        assertThat(on(runtime, one, build, 9).accuracy()).as("the same machine").isEqualTo(Accuracy.WORSE);
    }

    @Test
    void whyNothingIsSaidOfTheAccuracy() {
        ComparisonReport report = new ComparisonReport(on("native on Vulkan0", Map.of("device.description", "one"),
                Map.of("device.description", "two"), 1e9), "a", true, true);
        String why = "native on Vulkan0: measured on another processor or device, where sums in float32 round in another"
                + " way";

        assertThat(report.obstacles()).singleElement().extracting(each -> each.message())
                .isEqualTo("--fail-on-drift: not judged: " + why);
        assertThat(report.findings()).last().isEqualTo("drift not evaluated: " + why);
    }

    @Test
    void aDriftNamesTheTensorAndTheCaseWithTheLargestError() {
        Map<MathTensor, Measured> now = Map.of(MathTensor.FEATURE_K, Baselines.measured(46));
        Baseline before = Baselines.of(Map.of(),
                Map.of("native", Map.of("a", judged(1), "b", judged(2), "c", judged(1))));
        Baseline after = Baselines.of(Map.of(), Map.of("native",
                Map.of("a", judged(9), "b", Baselines.judged(now), "c", judged(1))));
        ComparisonReport report = report(before, after);

        assertThat(report.findings())
                .containsExactly("native: features, drift: feature_k: error 2.0 before, 46.0 ULP of"
                        + " its scale now in b (and in 1 more of 3 cases)");
        assertThat(report.headline()).isEqualTo("accuracy since old.json: worse");
        assertThat(report.entries()).filteredOn(Entry::failed).singleElement().extracting(Entry::name)
                .isEqualTo("native: accuracy of features");
        assertThat(new ComparisonReport(report.comparison(), "old.json", false, true).entries())
                .noneMatch(Entry::failed)
                .anyMatch(each -> each.facts().toString().contains("drift: feature_k"));
    }

    private static JudgedCase judged(double ulps) {
        return Baselines.judged(Map.of(MathTensor.FEATURE_K, Baselines.measured(ulps)));
    }

    @Test
    void theSharesOfTheToleranceStandInTheTables() {
        ComparisonReport report = report(one(Baselines.measured(1)), one(Baselines.measured(100)));

        assertThat(report.text()).containsExactly("accuracy since old.json: worse",
                "  runtime  device      stage     before              now                  accuracy",
                "  native   not stated  features  0.60 % (feature_k)  59.60 % (feature_k)  worse",
                "native: features, drift: feature_k: error 1.0 before, 100 ULP of its scale now in basic");
        assertThat(report.textByTensor()).contains(
                "  runtime  device      stage     tensor     cases  before  now      accuracy",
                "  native   not stated  features  feature_k  1      0.60 %  59.60 %  worse");
        assertThat(report.markdown()).isEqualTo("""
                ## accuracy since old.json: worse

                | runtime | device | stage | before | now | accuracy |
                |---|---|---|---|---|---|
                | native | not stated | features | 0.60 % (feature\\_k) | 59.60 % (feature\\_k) | worse |

                - native: features, drift: feature\\_k: error 1.0 before, 100 ULP of its scale now in basic

                """);
        assertThat(report.html()).contains("<h2>accuracy since old.json: worse</h2>", "<li>native: features, drift: ",
                "<td>59.60 %</td>");
    }

    @Test
    void aRuntimeThatIsGoneIsALoss() {
        Baseline before = Baselines.of(Map.of(), Map.of("native", Map.of("a", judged(1)), "native on Vulkan0",
                Map.of("a", judged(1), "b", judged(1))));
        Baseline after = Baselines.of(Map.of(), Map.of("native", Map.of("a", judged(1))));

        assertThat(report(before, after).findings()).containsExactly(
                "native on Vulkan0: judged before, not now: the runtime with all of its 2 cases and 200 values");
        assertThat(report(before, after).headline()).isEqualTo("accuracy since old.json: same, COVERAGE LOST");
        assertThat(report(before, after).entries()).filteredOn(Entry::failed).singleElement()
                .extracting(Entry::name, Entry::message)
                .containsExactly("native on Vulkan0: coverage since the baseline",
                        "judged before, not now: the runtime with all of its 2 cases and 200 values");
        assertThat(report(after, before).changes()).containsExactly(
                "new: native on Vulkan0: the runtime with all of its 2 cases and 200 values");
    }

    /** A build that does not start is not blamed for what it did not judge. */
    @Test
    void whatARunThatWasCutShortLacksIsNotJudged() {
        Baseline before = Baselines.of(Map.of(), Map.of("native", Map.of("a", judged(1), "b", judged(1))));
        Baseline after = Baselines.of(Map.of(), Map.of("native", Map.of("a", judged(1))));
        ComparisonReport report = new ComparisonReport(Comparison.of(before, after), "old.json", true, false);

        assertThat(report.entries()).noneMatch(Entry::failed).filteredOn(each -> each.notEvaluated().isPresent())
                .singleElement().extracting(Entry::name, Entry::message).containsExactly(
                        "native: coverage since the baseline",
                        "this run could not judge everything: judged before, not now: 1 case: b");
        assertThat(report.headline()).isEqualTo("accuracy since old.json: same, coverage not judged");
    }

    @Test
    void aCaseThatIsGoneIsALossWithItsReason() {
        Baseline before = Baselines.of(Map.of(), Map.of("native", Map.of("a", judged(1), "b", judged(1), "c",
                judged(1), "d", judged(1))));
        Baseline after = new Baseline(Tolerance.DEFAULT, new TreeMap<>(), new TreeMap<>(Map.of("native",
                new TreeMap<>(
                        Map.of("a", judged(1), "c", new JudgedCase(List.of("the runtime gave up"), new TreeMap<>()))))),
                new TreeMap<>(Map.of("native", new TreeMap<>(Map.of("b", "two heads")))));

        assertThat(report(before, after).findings()).containsExactly("native: judged before, not now: 1 case: d",
                "native: judged before, not now: 1 case: b: not evaluated: two heads",
                "native: judged before, not now: 1 case: c: the runtime gave up",
                "native: 1 case: c: passed before, FAILED now");
    }

    @Test
    void tensorsThatAreGoneInTheSameCasesAreOneLoss() {
        JudgedCase both = Baselines.judged(Map.of(MathTensor.DELTA_Q, NEAR, MathTensor.DELTA_O, NEAR, MathTensor.READS,
                NEAR));
        JudgedCase less = Baselines.judged(Map.of(MathTensor.READS, NEAR));
        Baseline before = Baselines.of(Map.of(), Map.of("native", Map.of("a", both, "b", both, "c", both)));
        Baseline after = Baselines.of(Map.of(), Map.of("native", Map.of("a", less, "b", both, "c", less)));

        assertThat(report(before, after).findings()).containsExactly(
                "native: judged before, not now: 2 tensors in 2 cases: delta_q, delta_o in a, c");
    }

    @Test
    void valuesThatAreGoneAreALoss() {
        assertThat(report(one(NEAR), one(new Measured(97, NEAR.ofLimit(), NEAR.error(), 1, true))).findings())
                .containsExactly("native: judged before, not now: 3 values of feature_k in basic");
    }

    @Test
    void aLooserToleranceIsALoss() {
        Baseline before = one(NEAR);
        Baseline after = new Baseline(new Tolerance(1e-3, 1e-5), before.provenance(), before.runtimes(),
                before.missed());

        assertThat(report(before, after).entries()).filteredOn(Entry::failed).singleElement()
                .extracting(Entry::name, Entry::message).containsExactly("tolerance",
                        "judged at rtol 1.0E-5 and atol 1.0E-5, elsewhere at 0.001 and 1.0E-5");
        assertThat(report(after, before).entries()).noneMatch(Entry::failed);
    }

    @Test
    void aCaseThatPassedAndFailsIsAFailure() {
        ComparisonReport report = report(one(NEAR), one(Baselines.measured(1000)));

        assertThat(report.failures()).singleElement().extracting(Entry::name, Entry::message)
                .containsExactly("native: verdicts", "1 case: basic: passed before, FAILED now");
        assertThat(report(one(Baselines.measured(1000)), one(Baselines.measured(1000))).failures()).isEmpty();
    }

    /** Its errors are of other inputs, and nobody is accused of them. */
    @Test
    void aCaseOfAnotherFixtureIsNotCompared() {
        Map<String, Map<String, JudgedCase>> before = Map.of("native", Map.of("a", judged(1), "a in chunks of 7",
                judged(1), "ab", judged(1)));
        Map<String, Map<String, JudgedCase>> after = Map.of("native", Map.of("a", judged(99), "a in chunks of 7",
                judged(99), "ab", judged(1)));
        Map<String, String> hashes = Map.of("sha256 a fixture: fixture.json", "1".repeat(64),
                "sha256 ab fixture: fixture.json", "3".repeat(64), "sha256 library: l.so", "5".repeat(64));
        Map<String, String> others = Map.of("sha256 a fixture: fixture.json", "2".repeat(64),
                "sha256 ab fixture: fixture.json.gz", "3".repeat(64), "sha256 library: l.so", "6".repeat(64));
        ComparisonReport report = report(Baselines.of(hashes, before), Baselines.of(others, after));

        assertThat(report.comparison().accuracy()).isEqualTo(Accuracy.SAME);
        assertThat(report.findings()).containsExactly(
                "drift not evaluated: native: 2 cases: a, a in chunks of 7: the inputs are others than before");
        assertThat(report.changes()).containsExactly(
                "changed: sha256 library: l.so: 555555555555 before, 666666666666 now",
                "changed: hashes of 3 inputs");
        assertThat(report.entries()).filteredOn(each -> each.notEvaluated().isPresent()).singleElement()
                .extracting(Entry::name).isEqualTo("native: other inputs");
    }

    @Test
    void whereNothingCanBeComparedDriftIsNoPass() {
        ComparisonReport report = report(one(NEAR),
                Baselines.of("other.so", "basic", Map.of(MathTensor.FEATURE_K, NEAR)));

        assertThat(report.obstacles()).singleElement().extracting(each -> each.message()).isEqualTo(
                "--fail-on-drift: expected a case that both runs judged with the same inputs, found none");
        assertThat(new Verdict("gate compare", report.entries(), report.obstacles(),
                new rwkvms.report.Provenance(new TreeMap<>()), "", report).state()).isEqualTo(Verdict.State.FAILED);
    }
}
