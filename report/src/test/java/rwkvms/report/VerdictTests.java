package rwkvms.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import rwkvms.comparison.Divergence;
import rwkvms.comparison.TensorComparison;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.CheckResult;
import rwkvms.report.Verdict.State;

final class VerdictTests {
    private static CheckDetails details(Verdict verdict) {
        return (CheckDetails) verdict.details();
    }

    @Test
    void allPassed() {
        Verdict verdict = Verdicts.of(List.of(), Verdicts.passed("a"), Verdicts.passed("b"));

        assertThat(verdict.state()).isEqualTo(State.PASSED);
        assertThat(verdict.ok()).isTrue();
        assertThat(verdict.state().word()).isEqualTo("passed");
        assertThat(verdict.complaints()).isEmpty();
        assertThat(details(verdict).compared()).isEqualTo(2);
        assertThat(details(verdict).values()).isEqualTo(4);
    }

    @Test
    void whatSaysLittleIsCountedAndChangesNoVerdict() {
        Verdict verdict = Verdicts.of(List.of(), Verdicts.passed("a"), Verdicts.mistrusted("b"));

        assertThat(verdict.state()).isEqualTo(State.PASSED);
        assertThat(details(verdict).mistrusted()).extracting(result -> result.caseName()).containsExactly("b");
        assertThat(verdict.entries().getLast().outcome()).isEqualTo(
                new Outcome.Passed(List.of("reads: 8 of 8 values are 0", "cannot tell <a>")));
    }

    @Test
    void aDifferenceFailsAndTheFirstIsNamed() {
        Verdict verdict = Verdicts.of(List.of(), Verdicts.passed("a"), Verdicts.differing("b", 2),
                Verdicts.differing("c", 3));

        assertThat(verdict.state()).isEqualTo(State.FAILED);
        assertThat(verdict.ok()).isFalse();
        assertThat(verdict.state().word()).isEqualTo("FAILED");
        assertThat(verdict.complaints()).containsExactly("b on reference: readout, reads[0, 0, 1] (token 0, layer 3):"
                + " expected 1.0, found 2.0 (and 1 more that failed)");
    }

    @Test
    void fewerTensorsThanExpectedFail() {
        Verdict verdict = Verdicts.of(List.of(), Verdicts.incomplete("a"));

        assertThat(verdict.state()).isEqualTo(State.FAILED);
        assertThat(details(verdict).compared()).isEqualTo(1);
        assertThat(details(verdict).expected()).isEqualTo(2);
        assertThat(verdict.complaints())
                .containsExactly("a on reference: delta_o: the runtime gave no such tensor");
    }

    @Test
    void anInputThatCannotBeReadIsNotJudgedThoughTheOthersPass() {
        Verdict verdict = Verdicts.of(List.of("b.json: empty"), Verdicts.passed("a"));

        assertThat(verdict.state()).isEqualTo(State.NOT_JUDGED);
        assertThat(verdict.state().word()).isEqualTo("NOT JUDGED");
        assertThat(verdict.complaints()).containsExactly("b.json: empty");
    }

    @Test
    void aDifferenceOutweighsAnUnreadableInput() {
        assertThat(Verdicts.of(List.of("b.json: empty"), Verdicts.differing("a", 2)).state()).isEqualTo(State.FAILED);
    }

    @Test
    void nothingJudgedNeverPasses() {
        assertThat(Verdicts.of(List.of()).state()).isEqualTo(State.NOT_JUDGED);
        assertThat(Verdicts.of(List.of(), Verdicts.missed("a")).state()).isEqualTo(State.NOT_JUDGED);
        assertThat(Verdicts.of(List.of(), Verdicts.missed("a")).complaints())
                .containsExactly("a on reference: not evaluated: two heads");
    }

    @Test
    void whatIsNotEvaluatedCountsInNeitherTotal() {
        Verdict verdict = Verdicts.of(List.of(), Verdicts.passed("a"), Verdicts.missed("b"));

        assertThat(verdict.state()).isEqualTo(State.PASSED);
        assertThat(details(verdict).compared()).isEqualTo(1);
        assertThat(details(verdict).expected()).isEqualTo(1);
        assertThat(verdict.notEvaluated()).hasSize(1);
        assertThat(verdict.complaints()).isEmpty();
    }

    @Test
    void theLargestDifferenceAndTheFirstDivergenceAreOfAllResults() {
        CheckDetails verdict = Verdicts.details(Verdicts.passed("a"), Verdicts.differing("b", 2),
                Verdicts.differing("c", 4), Verdicts.differing("d", 3));

        assertThat(verdict.worst()).map(TensorComparison::maxAbsDiff).hasValue(3.0);
        assertThat(verdict.firstDivergence()).map(Divergence::actual).hasValue(2.0);
        assertThat(Verdicts.details(Verdicts.passed("a")).firstDivergence()).isEmpty();
        assertThat(Verdicts.details().worst()).isEmpty();
    }

    @Test
    void itIsWithWeightsWhereEveryResultIs() {
        assertThat(Verdicts.details(Verdicts.passed("a"), Verdicts.missed("b")).withWeights()).isTrue();
        assertThat(Verdicts.details(Verdicts.passed("a"), Verdicts.mixed("b")).withWeights()).isFalse();
        assertThat(Verdicts.details(Verdicts.missed("b")).withWeights()).isFalse();
    }

    @Test
    void oneFailureIsTheOnlyOne() {
        assertThat(Verdicts.of(List.of(), Verdicts.differing("b", 2), Verdicts.missed("c")).complaints())
                .containsExactly("b on reference: readout, reads[0, 0, 1] (token 0, layer 3): expected 1.0, found 2.0");
    }

    /** The result compares nothing and does not say why. */
    @Test
    void noFailureIsWithoutAReason() {
        CheckResult nothing = new CheckResult("a", "native", 0, Tolerance.DEFAULT, true, 0, List.of(), List.of(),
                List.of(), List.of());
        assertThat(Verdicts.of(List.of(), nothing).problems()).containsExactly("a on native: compared 0 of 0 tensors");
        assertThatThrownBy(() -> new Outcome.Failed(List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    /** A verdict lists errors if, and only if, it did not pass. */
    @Test
    void whatDidNotPassSaysWhy() {
        assertThat(Verdicts.of(List.of()).problems()).containsExactly("nothing was judged");
        assertThat(Verdicts.of(List.of(), Verdicts.passed("a"), Verdicts.missed("b")).problems()).isEmpty();
        assertThat(Verdicts.of(List.of(), Verdicts.missed("a")).problems())
                .containsExactly("a on reference: not evaluated: two heads");
        Verdict verdict = new Verdict("s", List.of(new Entry("a", Outcome.of(List.of("one", "two"))),
                new Entry("b", new Outcome.Failed("three"))), List.of(new Obstacle("c", "c: torn")),
                new Provenance(new TreeMap<>()), "", (json, whole) -> {
                });
        assertThat(verdict.problems()).containsExactly("c: torn", "a: one", "a: two", "b: three");
        assertThat(verdict.complaints()).containsExactly("c: torn", "a: one; two (and 1 more that failed)");
        assertThat(verdict.withError(new Obstacle("d", "full")).problems()).startsWith("c: torn", "full");
    }
}
