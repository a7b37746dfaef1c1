package rwkvms.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

import org.junit.jupiter.api.Test;
import rwkvms.fixtures.Divergence;
import rwkvms.fixtures.TensorComparison;

final class VerdictTests {
    @Test
    void allPassedIs0() {
        Verdict verdict = Verdicts.of(List.of(), Verdicts.passed("a"), Verdicts.passed("b"));

        assertThat(verdict.exitCode()).isZero();
        assertThat(verdict.ok()).isTrue();
        assertThat(verdict.word()).isEqualTo("passed");
        assertThat(verdict.complaints()).isEmpty();
        assertThat(verdict.compared()).isEqualTo(2);
        assertThat(verdict.values()).isEqualTo(4);
    }

    @Test
    void whatSaysLittleIsCountedAndChangesNoVerdict() {
        Verdict verdict = Verdicts.of(List.of(), Verdicts.passed("a"), Verdicts.mistrusted("b"));

        assertThat(verdict.exitCode()).isZero();
        assertThat(verdict.mistrusted()).extracting(result -> result.caseName()).containsExactly("b");
    }

    @Test
    void aDifferenceIs1AndTheFirstIsNamed() {
        Verdict verdict = Verdicts.of(List.of(), Verdicts.passed("a"), Verdicts.differing("b", 2),
                Verdicts.differing("c", 3));

        assertThat(verdict.exitCode()).isEqualTo(1);
        assertThat(verdict.ok()).isFalse();
        assertThat(verdict.word()).isEqualTo("FAILED");
        assertThat(verdict.complaints()).containsExactly("b on reference: readout, reads[0, 0, 1] (token 0, layer 3):"
                + " expected 1.0, found 2.0 (and 1 more that failed)");
    }

    @Test
    void fewerTensorsThanExpectedIs1() {
        Verdict verdict = Verdicts.of(List.of(), Verdicts.incomplete("a"));

        assertThat(verdict.exitCode()).isEqualTo(1);
        assertThat(verdict.compared()).isEqualTo(1);
        assertThat(verdict.expected()).isEqualTo(2);
        assertThat(verdict.complaints())
                .containsExactly("a on reference: delta_o: the runtime gave no such tensor");
    }

    @Test
    void anInputThatCannotBeReadIs2ThoughTheOthersPass() {
        Verdict verdict = Verdicts.of(List.of("b.json: empty"), Verdicts.passed("a"));

        assertThat(verdict.exitCode()).isEqualTo(2);
        assertThat(verdict.word()).isEqualTo("NOT JUDGED");
        assertThat(verdict.complaints()).containsExactly("b.json: empty");
    }

    @Test
    void aDifferenceOutweighsAnUnreadableInput() {
        assertThat(Verdicts.of(List.of("b.json: empty"), Verdicts.differing("a", 2)).exitCode()).isEqualTo(1);
    }

    @Test
    void nothingJudgedNeverPasses() {
        assertThat(Verdicts.of(List.of()).exitCode()).isEqualTo(2);
        assertThat(Verdicts.of(List.of(), Verdicts.missed("a")).exitCode()).isEqualTo(2);
        assertThat(Verdicts.of(List.of(), Verdicts.missed("a")).complaints())
                .containsExactly("a on reference: not evaluated: two heads");
    }

    @Test
    void whatIsNotEvaluatedCountsInNeitherTotal() {
        Verdict verdict = Verdicts.of(List.of(), Verdicts.passed("a"), Verdicts.missed("b"));

        assertThat(verdict.exitCode()).isZero();
        assertThat(verdict.compared()).isEqualTo(1);
        assertThat(verdict.expected()).isEqualTo(1);
        assertThat(verdict.notEvaluated()).hasSize(1);
        assertThat(verdict.complaints()).isEmpty();
    }

    @Test
    void theLargestDifferenceAndTheFirstDivergenceAreOfAllResults() {
        Verdict verdict = Verdicts.of(List.of(), Verdicts.passed("a"), Verdicts.differing("b", 2),
                Verdicts.differing("c", 4), Verdicts.differing("d", 3));

        assertThat(verdict.worst()).map(TensorComparison::maxAbsDiff).hasValue(3.0);
        assertThat(verdict.firstDivergence()).map(Divergence::actual).hasValue(2.0);
        assertThat(Verdicts.of(List.of(), Verdicts.passed("a")).firstDivergence()).isEmpty();
        assertThat(Verdicts.of(List.of()).worst()).isEmpty();
    }

    @Test
    void itIsWithWeightsWhereEveryResultIs() {
        assertThat(Verdicts.of(List.of(), Verdicts.passed("a"), Verdicts.missed("b")).withWeights()).isTrue();
        assertThat(Verdicts.of(List.of(), Verdicts.passed("a"), Verdicts.mixed("b")).withWeights()).isFalse();
        assertThat(Verdicts.of(List.of(), Verdicts.missed("b")).withWeights()).isFalse();
    }

    @Test
    void oneFailureIsTheOnlyOne() {
        assertThat(Verdicts.of(List.of(), Verdicts.differing("b", 2), Verdicts.missed("c")).complaints())
                .containsExactly("b on reference: readout, reads[0, 0, 1] (token 0, layer 3): expected 1.0, found 2.0");
    }
}
