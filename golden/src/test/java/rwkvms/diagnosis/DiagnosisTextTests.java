package rwkvms.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import rwkvms.diagnosis.Diagnosis.Finding;
import rwkvms.hypotheses.Hypotheses;
import rwkvms.hypotheses.Hypothesis;

/** A diagnosis in lines for people. */
final class DiagnosisTextTests {
    private static final String WHERE = "3 of 9 cases differ first in scan, raw_reads.";
    private static final Hypothesis NO_DECAY = Hypotheses.named("no decay").orElseThrow();

    private static List<String> lines(Finding finding, List<Explanation> explanations, List<String> others) {
        return new Diagnosis("native", WHERE, finding, explanations, others, List.of(), 212, Optional.empty()).lines();
    }

    private static List<String> lines(Explanation... explanations) {
        return lines(Finding.NAMED, List.of(explanations), List.of());
    }

    @Test
    void aMistakeIsNamedWithItsCasesSectionAndDeveloper() {
        assertThat(lines(new Explanation(NO_DECAY, 3, 0, 3, 1.23e-6))).containsExactly(WHERE,
                "Your values are those of \"no decay\" in 3 of 3 cases (max abs diff 1.2e-06). See math.md §4, step 6."
                        + " It looks as if somebody left the decay out.");
        assertThat(lines(new Explanation(NO_DECAY, 1, 0, 1, 0))).containsExactly(WHERE,
                "Your values are those of \"no decay\" in 1 of 1 case (max abs diff 0). See math.md §4, step 6."
                        + " It looks as if somebody left the decay out.");
        assertThat(lines(new Explanation(NO_DECAY, 2, 1, 3, 0.5))).containsExactly(WHERE,
                "Your values are those of \"no decay\" in 2 of 3 cases (max abs diff 5.0e-01), and in 1 more a hundred"
                        + " times nearer to it than to the rule. See math.md §4, step 6. It looks as if somebody left"
                        + " the decay out.");
    }

    @Test
    void fourThatFitEquallyAreShownAndTheOthersCounted() {
        Explanation each = new Explanation(NO_DECAY, 1, 0, 1, 0);
        List<String> four = lines(each, each, each, each);
        assertThat(four).hasSize(5);
        assertThat(four.get(1)).startsWith("Your values are those of \"no decay\" in 1 of 1 case");
        assertThat(four.subList(2, 5)).allMatch(line -> line.startsWith("They are as well those of \"no decay\" in "));
        List<String> six = lines(each, each, each, each, each, each);
        assertThat(six).hasSize(6).startsWith(four.toArray(String[]::new)).endsWith("2 more hypotheses fit equally.");
    }

    @Test
    void theCasesThatDifferInAnotherWayAreNamed() {
        List<Explanation> one = List.of(new Explanation(NO_DECAY, 2, 0, 3, 0));
        assertThat(lines(Finding.PARTLY, one, List.of("basic"))).hasSize(3)
                .endsWith("There it is, but not alone: basic differs in another way.");
        assertThat(lines(Finding.PARTLY, one, List.of("basic", "batch"))).hasSize(3)
                .endsWith("There it is, but not alone: basic, batch differ in another way.");
    }

    @Test
    void eightNamesAreShownAndTheOthersCounted() {
        List<String> names = IntStream.rangeClosed(1, 10).mapToObj(i -> "c" + i).toList();
        assertThat(Diagnosis.names(names.subList(0, 8))).isEqualTo("c1, c2, c3, c4, c5, c6, c7, c8");
        assertThat(Diagnosis.names(names)).isEqualTo("c1, c2, c3, c4, c5, c6, c7, c8 and 2 more");
    }

    @Test
    void ifNoneFitsThatIsSaidWithWhatIsKnownAndWhatWasNotTried() {
        assertThat(new Diagnosis("native", WHERE, Finding.NONE, List.of(), List.of(), List.of("No case passes."), 212,
                Optional.of("Not tried within 2 s: 3 hypotheses.")).lines()).containsExactly(WHERE,
                        "None of 212 hypotheses gives these values.", "No case passes.",
                        "Not tried within 2 s: 3 hypotheses.");
        assertThat(lines(Finding.RULE, List.of(), List.of())).containsExactly(WHERE);
    }

    @Test
    void theFindingsAreThoseOfTheSpecification() {
        assertThat(Finding.values()).extracting(Finding::label).containsExactly("named", "partly", "none", "rule");
    }
}
