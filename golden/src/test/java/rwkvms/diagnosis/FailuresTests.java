package rwkvms.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import rwkvms.hypotheses.Hypothesis;
import rwkvms.math.MathTensor;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** What is said of failures together: where they begin, and what tells them from what passes. */
final class FailuresTests {
    private static Observation moved(SmallCase small, MathTensor tensor, int element) {
        return small.observed(Mistaken.moved(small.values(Hypothesis.CORRECT), tensor, element, 1));
    }

    private static Observation moved(int tokens, MathTensor tensor, int element) {
        return moved(SmallCase.of("of " + tokens, tokens), tensor, element);
    }

    private static Observation passing(String name) {
        return SmallCase.of(name, 4).making(Hypothesis.CORRECT);
    }

    /** A run that lacks values, so that none of them differs. */
    private static Observation cut() {
        SmallCase small = SmallCase.of("cut", 4);
        TensorSet right = small.values(Hypothesis.CORRECT);
        return small.observed(
                SmallCase.with(right, MathTensor.RAW_READS, Tensor.ofDoubles(Shape.of(1, 1, 2), 0, 0)));
    }

    private static String where(int judged, Observation... failing) {
        return new Failures(List.of(failing), List.of(), judged).where(true);
    }

    private static List<String> known(List<Observation> failing, Observation... passing) {
        return new Failures(failing, List.of(passing), failing.size() + passing.length).known();
    }

    @Test
    void whatHasNoValuesToCompareIsSaidToLackThem() {
        assertThat(where(1, cut())).isEqualTo("1 of 1 case failed: a tensor is missing, or has another shape.");
        assertThat(where(3, cut(), cut()))
                .isEqualTo("2 of 3 cases failed: a tensor is missing, or has another shape.");
        assertThat(known(List.of(cut()))).containsExactly("No case passes.");
    }

    @Test
    void theFirstEightTokensAreCountedInWords() {
        assertThat(where(1, moved(9, MathTensor.KEEP, 2 * 7)))
                .isEqualTo("1 of 1 case differs first in coefficients, keep, from the eighth token on.");
        assertThat(where(1, moved(9, MathTensor.KEEP, 2 * 8)))
                .isEqualTo("1 of 1 case differs first in coefficients, keep, from token 8 on.");
    }

    @Test
    void threePlacesAreShownTheMostFrequentFirst() {
        Observation keep = moved(4, MathTensor.KEEP, 0);
        Observation erase = moved(4, MathTensor.ERASE, 0);
        Observation write = moved(4, MathTensor.WRITE, 0);
        Observation reads = moved(4, MathTensor.RAW_READS, 2);
        assertThat(where(4, keep, erase, write, write))
                .isEqualTo("4 of 4 cases differ, first in coefficients, write (2);"
                        + " coefficients, keep (1); coefficients, erase (1), from the first token on.");
        assertThat(where(6, keep, erase, write, write, reads)).isEqualTo("5 of 6 cases differ, first in coefficients,"
                + " write (2); coefficients, keep (1); coefficients, erase (1) and 1 more tensors, from token 0 to 1"
                + " on.");
    }

    @Test
    void aDifferenceWithoutATokenHasNone() {
        Observation state = moved(4, MathTensor.FINAL_STATE, 0);
        assertThat(where(1, state)).isEqualTo("1 of 1 case differs first in scan, final_state.");
        assertThat(where(2, state, moved(4, MathTensor.KEEP, 0)))
                .isEqualTo("2 of 2 cases differ, first in scan, final_state (1); coefficients, keep (1).");
        assertThat(known(List.of(state))).containsExactly("No case passes.");
    }

    @Test
    void aReadBehindAWriteMeansThatTheWriteIsWrong() {
        Observation second = moved(4, MathTensor.RAW_READS, 2);
        Observation third = moved(4, MathTensor.READ_ROUTES, 4);
        assertThat(where(2, second, second)).isEqualTo("2 of 2 cases differ first in scan, raw_reads, from the second"
                + " token on: the state after the first write is wrong.");
        assertThat(where(1, third)).endsWith("from the third token on: the state after an earlier write is wrong.");
        assertThat(where(2, second, moved(4, MathTensor.RAW_READS, 4)))
                .endsWith("from token 1 to 2 on: the state after an earlier write is wrong.");
        assertThat(where(2, second, moved(4, MathTensor.RAW_READS, 0))).endsWith("from token 0 to 1 on.");
        assertThat(where(2, second, cut()))
                .isEqualTo("2 of 2 cases differ first in scan, raw_reads, from the second token on.");
        assertThat(where(1, moved(4, MathTensor.WRITE_ROUTES, 2))).endsWith("from the second token on.");
        assertThat(where(1, moved(4, MathTensor.KEEP, 2))).endsWith("from the second token on.");
        assertThat(new Failures(List.of(second), List.of(), 1).where(false)).endsWith("from the second token on.");
    }

    /** The first token of the second sequence is masked. */
    @Test
    void onlyValidTokensOfItsSequenceWriteBeforeARead() {
        SmallCase small = SmallCase.of("batch", 3).withBatch(2).withMask(true, true, true, false, true, true);
        assertThat(where(1, moved(small, MathTensor.RAW_READS, (3 + 2) * 2)))
                .endsWith("from the third token on: the state after the first write is wrong.");
        assertThat(where(1, moved(small, MathTensor.RAW_READS, (3 + 1) * 2))).endsWith("from the second token on.");
        assertThat(where(1, moved(small, MathTensor.RAW_READS, 2 * 2)))
                .endsWith("from the third token on: the state after an earlier write is wrong.");
    }

    @Test
    void theFirstTokenIsRightOrNot() {
        Observation first = moved(4, MathTensor.KEEP, 0);
        Observation second = moved(5, MathTensor.KEEP, 2);
        Observation third = moved(6, MathTensor.KEEP, 4);
        assertThat(known(List.of(third, second)))
                .contains("Token 0 is right in all of them; the first difference is at token 1.");
        assertThat(known(List.of(first, second, first))).contains("Token 0 differs in 2 of them.");
    }

    @Test
    void theFewerAreNamed() {
        List<Observation> two = List.of(moved(4, MathTensor.KEEP, 0), moved(5, MathTensor.KEEP, 0));
        assertThat(known(two, passing("a"), passing("b")))
                .contains("These fail: of 4 without sidecar, of 5 without sidecar.");
        assertThat(known(two, passing("a"))).contains("These pass: a without sidecar.");
        assertThat(known(two)).contains("No case passes.");
    }

    @Test
    void whatTheFailuresHaveInCommonAndNotAllPassesIsSaid() {
        Observation masked = moved(SmallCase.of("masked", 2).withMask(true, false), MathTensor.KEEP, 0);
        Observation soundMasked = SmallCase.of("sound", 2).withMask(true, false).making(Hypothesis.CORRECT);
        Observation plain = SmallCase.of("plain", 2).making(Hypothesis.CORRECT);
        assertThat(known(List.of(masked, masked), plain))
                .endsWith("Only cases with masked tokens fail, and all of them.");
        assertThat(known(List.of(masked, masked), plain, soundMasked))
                .endsWith("Only cases with masked tokens fail: 2 of 3.");
        assertThat(known(List.of(masked), soundMasked)).noneMatch(line -> line.contains("masked tokens"));
        assertThat(known(List.of(masked, moved(2, MathTensor.KEEP, 0)), plain))
                .noneMatch(line -> line.contains("masked tokens"));
        assertThat(known(List.of(masked))).noneMatch(line -> line.contains("masked tokens"));
    }
}
