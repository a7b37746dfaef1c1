package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import rwkvms.comparison.BadPoint;
import rwkvms.comparison.TensorComparison;
import rwkvms.comparison.Tolerance;
import rwkvms.diagnosis.Diagnosis;
import rwkvms.diagnosis.Diagnosis.Finding;
import rwkvms.golden.CaseNotEvaluated;
import rwkvms.golden.CheckResult;
import rwkvms.math.MathTensor;
import rwkvms.report.CheckDetails;
import rwkvms.report.CheckedCase;
import rwkvms.report.Obstacle;
import rwkvms.report.Provenance;
import rwkvms.report.Verdict;

/** The verdict for people, word for word. */
final class VerdictTextTests {
    private static final TensorComparison EXACT = tensor(MathTensor.MEMORY_V, 128, 0, 0, 0);
    private static final TensorComparison NEAR = tensor(MathTensor.RAW_READS, 32, 1.25e-6, 0.0125, 3);
    private static final TensorComparison FAR = tensor(MathTensor.READS, 32, 0.5, 45_454.5, 7,
            new BadPoint(5, "[0, 0, 5]", 0, 1.5, 1, 0.5, 1.1e-5),
            new BadPoint(13, "[0, 1, 5]", 1, 2, 1.75, 0.25, 2e-5));
    private static final TensorComparison OFF = tensor(MathTensor.DELTA_Q, 64, 0.002, 99.994, 9,
            new BadPoint(1, "[0, 0, 1]", 0, 1.002, 1, 0.002, 2e-5));

    private static TensorComparison tensor(MathTensor tensor, int elements, double diff, double ratio, long ulp,
            BadPoint... bad) {
        return new TensorComparison(tensor, elements, 0, diff, "[0, 1, 2]", diff, 0, 0, ulp, ratio,
                TensorComparison.Known.NONE, bad.length, 0, 1,
                List.of(bad), List.of(bad).stream().findFirst(), List.of());
    }

    private static CheckResult result(String name, int expected, List<String> errors, TensorComparison... tensors) {
        return new CheckResult(name, "native", 0, Tolerance.DEFAULT, true, expected, List.of(tensors), errors,
                List.of(), List.of());
    }

    private static String text(List<String> errors, CheckedCase... cases) {
        CheckDetails details = new CheckDetails(List.of("reference", "native"), Tolerance.DEFAULT, List.of(cases));
        Verdict verdict = details.verdict(Obstacle.inputs(errors), new Provenance(new TreeMap<>()), "./gate check");
        return PrintedText.by(out -> new VerdictText(verdict, out).print(details));
    }

    private static CheckedCase judged(CheckResult result) {
        return new CheckedCase(result, "./gate check " + result.caseName(), Optional.empty());
    }

    @Test
    void aSingleCaseHasALineForEachTensor() {
        assertThat(text(List.of(), judged(result("basic", 2, List.of(), EXACT, NEAR)))).isEqualToNormalizingNewlines(
                """
                        passed  basic                        native          2/2 tensors  max abs diff 1.25e-06   1.25 % of tolerance
                          stage         tensor                   values  max abs diff  of tolerance   max ULP      over  at
                          projection    memory_v                    128             0        0.00 %         0         0  [0, 1, 2]
                          scan          raw_reads                    32      1.25e-06        1.25 %         3         0  [0, 1, 2]
                        passed: 2 of 2 tensors, 160 values, on reference and native, max abs diff 1.25e-06 (raw_reads), 0 not evaluated
                        """);
    }

    @Test
    void aSingleFailureHasItsBadPointsAndOneLineToRepeatIt() {
        assertThat(text(List.of(), judged(result("basic", 3, List.of(), NEAR, FAR, OFF))))
                .isEqualToNormalizingNewlines(
                        """
                                FAILED  basic                        native        2 of 3 tensors differ  max abs diff 5.00e-01 4.5e+06 % of tolerance
                                            first divergence: readout, reads[0, 0, 5] (token 0, layer 0): expected 1.0, found 1.5
                                            reads: 2 of 32 values over tolerance, the first in file order:
                                              [0, 0, 5] expected 1.0, found 1.5, diff 5.00e-01, limit 1.10e-05
                                              [0, 1, 5] expected 1.75, found 2.0, diff 2.50e-01, limit 2.00e-05
                                            2 tensors over tolerance: reads, delta_q
                                            reproduce: ./gate check basic
                                  stage         tensor                   values  max abs diff  of tolerance   max ULP      over  at
                                  scan          raw_reads                    32      1.25e-06        1.25 %         3         0  [0, 1, 2]
                                  readout       reads                        32      5.00e-01     4.5e+06 %         7         2  [0, 1, 2]
                                  delta         delta_q                      64      2.00e-03     9999.40 %         9         1  [0, 1, 2]
                                FAILED: 3 of 3 tensors compared, 2 differ, 128 values, on reference and native, max abs diff 5.00e-01 (reads), 0 not evaluated
                                """);
    }

    @Test
    void severalCasesHaveALineEach() {
        CheckResult noted = new CheckResult("noted", "reference", 0, Tolerance.DEFAULT, true, 1, List.of(EXACT),
                List.of(), List.of("another chunk size"), List.of("all values are 0"));
        assertThat(text(List.of(), judged(noted), judged(result("broken", 33, List.of("the runtime failed: no"))),
                judged(result("off", 1, List.of(), OFF)),
                new CheckedCase(new CaseNotEvaluated("heads-2", "native", "one head alone"), "")))
                .isEqualToNormalizingNewlines(
                        """
                                FAILED  off                          native        1 of 1 tensors differs  max abs diff 2.00e-03 9999.40 % of tolerance
                                            first divergence: delta, delta_q[0, 0, 1] (token 0, layer 0): expected 1.0, found 1.002
                                            delta_q: 1 of 64 values over tolerance, the first in file order:
                                              [0, 0, 1] expected 1.0, found 1.002, diff 2.00e-03, limit 2.00e-05
                                            reproduce: ./gate check off
                                FAILED  broken                       native        0/33 tensors compared
                                            error: the runtime failed: no
                                            reproduce: ./gate check broken
                                passed  noted                        reference       1/1 tensors  max abs diff 0          0.00 % of tolerance
                                            note: another chunk size
                                            mistrusted: all values are 0
                                not evaluated  heads-2 on native: one head alone
                                FAILED: 2 of 35 tensors compared, 1 differs, 192 values, on reference and native, max abs diff 2.00e-03 (delta_q), 1 of 3 runs passed, 1 mistrusted, 1 not evaluated
                                reproduce: ./gate check
                                """);
    }

    /** The summary first, then the finest failure, which stands for those with the same first divergence. */
    @Test
    void casesWithTheSameFirstDivergenceStandTogether() {
        Diagnosis diagnosis = new Diagnosis("native", "3 of 4 cases differ first in scan, read_routes.", Finding.NONE,
                List.of(), List.of(), List.of("Token 0 differs in 2 of them."), 208, Optional.empty());
        CheckDetails details = new CheckDetails(List.of("native"), Tolerance.DEFAULT,
                List.of(judged(result("sound", 1, List.of(), EXACT)), judged(result("first", 1, List.of(), OFF)),
                        judged(result("second", 1, List.of(), OFF)), judged(result("third", 1, List.of(), FAR))),
                List.of(diagnosis), List.of());
        Verdict verdict = details.verdict(List.of(), new Provenance(new TreeMap<>()), "./gate check");
        assertThat(PrintedText.by(out -> new VerdictText(verdict, out).print(details))).isEqualToNormalizingNewlines(
                """
                        3 of 4 cases differ first in scan, read_routes.
                        None of 208 hypotheses gives these values.
                        Token 0 differs in 2 of them.
                        FAILED  third                        native        1 of 1 tensors differs  max abs diff 5.00e-01 4.5e+06 % of tolerance
                                    first divergence: readout, reads[0, 0, 5] (token 0, layer 0): expected 1.0, found 1.5
                                    reads: 2 of 32 values over tolerance, the first in file order:
                                      [0, 0, 5] expected 1.0, found 1.5, diff 5.00e-01, limit 1.10e-05
                                      [0, 1, 5] expected 1.75, found 2.0, diff 2.50e-01, limit 2.00e-05
                                    reproduce: ./gate check third
                        FAILED  first                        native        1 of 1 tensors differs  max abs diff 2.00e-03 9999.40 % of tolerance
                                    first divergence: delta, delta_q[0, 0, 1] (token 0, layer 0): expected 1.0, found 1.002
                                    delta_q: 1 of 64 values over tolerance, the first in file order:
                                      [0, 0, 1] expected 1.0, found 1.002, diff 2.00e-03, limit 2.00e-05
                                    reproduce: ./gate check first
                                    the same first divergence in 1 more:
                                      second (token 0)
                                    reproduce one: ./gate check NAME
                        passed  sound                        native          1/1 tensors  max abs diff 0          0.00 % of tolerance
                        FAILED: 4 of 4 tensors compared, 3 differ, 288 values, on native, max abs diff 5.00e-01 (reads), 1 of 4 runs passed, 0 not evaluated
                        reproduce: ./gate check
                        """);
    }

    /** A slot that top-k did not choose, and a position, differ by no number that says something. */
    @Test
    void aDifferenceThatIsNoNumberIsAWord() {
        TensorComparison scores = tensor(MathTensor.READ_SCORES, 8, Float.MAX_VALUE, Double.POSITIVE_INFINITY, 9,
                new BadPoint(1, "[0, 0, 1]", 0, 1, -Float.MAX_VALUE, Float.MAX_VALUE, 1e-5));
        assertThat(text(List.of(), judged(result("top", 2, List.of(), EXACT, scores)))).contains(
                "1 of 2 tensors differs  max abs diff other slot beyond any tolerance",
                "scan          read_scores                   8    other slot    beyond any",
                "[0, 0, 1] expected -3.4028234663852886E38, found 1.0, diff other slot, limit 1.00e-05")
                .doesNotContain("e+38", "Infinity");
    }

    @Test
    void valuesThatFloat32KnowsLessWellAreCounted() {
        TensorComparison tensor = new TensorComparison(MathTensor.RAW_READS, 512, 3, 1e-4, "[0, 1, 2]", 1, 1, 0, 9, 0.5,
                new TensorComparison.Known(4, 3.2, 0.5, 3), 0, 0, 1, List.of(), Optional.empty(), List.of());
        assertThat(text(List.of(), judged(result("long", 1, List.of(), tensor)))).contains("1 of 1 tensors, 509 values,"
                + " 4 of them at what float32 can know, 3 more not judged, which it cannot know, on");
    }

    @Test
    void whatWasNotJudgedIsRepeatedAsAWhole() {
        assertThat(text(List.of("none.json: found none"))).isEqualToNormalizingNewlines("""
                NOT JUDGED: 0 of 0 tensors, 0 values, on reference and native, 0 not evaluated
                reproduce: ./gate check
                """);
        assertThat(text(List.of(), new CheckedCase(new CaseNotEvaluated("heads-2", "native", "one head alone"), "")))
                .isEqualToNormalizingNewlines("""
                        not evaluated  heads-2 on native: one head alone
                        NOT JUDGED: 0 of 0 tensors, 0 values, on reference and native, 1 not evaluated
                        """);
    }

    /** On a device: a row per size, then where it fails; no line per case. */
    @Test
    void aDeviceHasATable() {
        CheckedCase failed = new CheckedCase(result("off in microbatches of 8", 2, List.of(), EXACT, OFF), "again",
                Optional.empty(), OptionalInt.of(8));
        CheckedCase held = new CheckedCase(result("on in microbatches of 1", 1, List.of(), EXACT), "again",
                Optional.empty(), OptionalInt.of(1));
        CheckedCase[] missed = {
                new CheckedCase(new CaseNotEvaluated("heads-2 in microbatches of 1", "native", "one head"), ""),
                new CheckedCase(new CaseNotEvaluated("heads-2 in microbatches of 8", "native", "one head"), "")};
        assertThat(text(List.of(), held, failed, missed[0], missed[1])).isEqualToNormalizingNewlines(
                """
                        native: largest share of the tolerance by stage, over all cases
                        tokens  projection  features  coefficients  scan  readout  delta            cases that hold
                        1       0.0 %       none      none          none  none     none             1 of 1
                        8       0.0 %       none      none          none  none     1 FAILED: 100 ×  0 of 1
                        at 8, first: delta, delta_q[0, 0, 1] (token 0, layer 0): expected 1.0, found 1.002 (off)
                                    delta: 9999.40 %, delta_q of off
                                    1 of 1 cases: off
                        native: microbatches of 1 hold
                        not evaluated  heads-2 in microbatches of 1 and 1 more runs: one head
                        FAILED: 3 of 3 tensors compared, 1 differs, 320 values, on reference and native, max abs diff 2.00e-03 (delta_q), 1 of 2 runs passed, 2 not evaluated
                        reproduce: ./gate check
                        """);
    }

    /** From a hundred times the tolerance on, only the magnitude is shown. */
    @Test
    void theMagnitudeIsEnoughOfWhatIsFarOff() {
        assertThat(text(List.of(), judged(result("far", 1, List.of(), tensor(MathTensor.READS, 1, 1, 100, 1))))
                .lines().findFirst()).contains("passed  far                          native          1/1 tensors"
                        + "  max abs diff 1.00e+00 1.0e+04 % of tolerance");
    }
}
