package rwkvms.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import rwkvms.diagnosis.Diagnosis.Finding;
import rwkvms.golden.Calls;
import rwkvms.golden.CheckResult;
import rwkvms.golden.GoldenCase;
import rwkvms.hypotheses.Hypotheses;
import rwkvms.hypotheses.Hypothesis;

/** Which of the runs that a check judges are asked about, and which only counted. */
final class WitnessTests {
    private static final Hypothesis MISTAKE = Hypotheses.named("top-k ignored").orElseThrow();

    private final Diagnostician diagnostician = new Diagnostician(Duration.ofMinutes(2));

    private static SmallCase topK(String name) {
        return SmallCase.of(name, 4).with(config -> config.withNumStates(3).withReadTopK(1));
    }

    private static GoldenCase golden(SmallCase small) {
        return new GoldenCase(small.name(), Path.of("fixture.json"), small.fixture(), Optional.empty(),
                Optional.empty());
    }

    private static CheckResult of(String runtime, CheckResult from) {
        return new CheckResult(from.caseName(), runtime, from.layer(), from.tolerance(), from.withWeights(),
                from.expected(), from.comparisons(), from.errors(), from.notes(), from.mistrusted());
    }

    private void saw(String runtime, SmallCase small, Calls calls, Hypothesis given) {
        Observation seen = small.making(given);
        diagnostician.saw(golden(small), calls, of(runtime, seen.result()), seen.given());
    }

    @Test
    void theRunsOfEachRuntimeAreAskedAboutByThemselves() {
        saw("sound", topK("a"), Calls.WHOLE, Hypothesis.CORRECT);
        saw("mistaken", topK("a"), Calls.WHOLE, MISTAKE);
        saw("mistaken", SmallCase.of("b", 4), Calls.WHOLE, Hypothesis.CORRECT);
        saw("mistaken", SmallCase.of("b", 4), Calls.chunks(2), Hypothesis.CORRECT);
        diagnostician.sawSteps(golden(SmallCase.of("b", 4)), Calls.steps(1),
                of("mistaken", SmallCase.of("b", 4).making(Hypothesis.CORRECT).result()), Optional.empty());
        List<Diagnosis> said = diagnostician.diagnoses();
        assertThat(said).extracting(Diagnosis::runtime).containsExactly("mistaken");
        assertThat(said.getFirst().where()).startsWith("1 of 4 cases differs first in scan, ");
        assertThat(said.getFirst().explanations()).extracting(each -> each.hypothesis().name())
                .containsExactly("top-k ignored");
    }

    @Test
    void aPassOfTheWholeContradicts() {
        saw("mistaken", topK("a"), Calls.WHOLE, MISTAKE);
        saw("mistaken", topK("b"), Calls.WHOLE, Hypothesis.CORRECT);
        assertThat(diagnostician.diagnoses()).extracting(Diagnosis::finding).containsExactly(Finding.NONE);
    }

    /** Hypotheses are not held against chunks that pass: the whole run shows what they show, as a rule. */
    @Test
    void aPassInChunksDoesNot() {
        saw("mistaken", topK("a"), Calls.WHOLE, MISTAKE);
        saw("mistaken", topK("b"), Calls.chunks(2), Hypothesis.CORRECT);
        assertThat(diagnostician.diagnoses()).extracting(Diagnosis::finding).containsExactly(Finding.NAMED);
    }

    @Test
    void aFailureInChunksIsAskedAbout() {
        saw("mistaken", topK("a"), Calls.chunks(2), MISTAKE);
        assertThat(diagnostician.diagnoses()).hasSize(1);
    }

    @Test
    void ifNothingFailsNothingIsSaid() {
        saw("sound", topK("a"), Calls.WHOLE, Hypothesis.CORRECT);
        assertThat(diagnostician.diagnoses()).isEmpty();
        assertThat(new Diagnostician().diagnoses()).isEmpty();
    }
}
