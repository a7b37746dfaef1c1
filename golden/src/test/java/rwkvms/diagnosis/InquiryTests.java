package rwkvms.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.comparison.Tolerance;
import rwkvms.diagnosis.Diagnosis.Finding;
import rwkvms.hypotheses.Hypotheses;
import rwkvms.hypotheses.Hypothesis;
import rwkvms.math.MathTensor;
import rwkvms.math.Stage;
import rwkvms.math.UpdateMode;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Tensor;

/** Which hypotheses are named for failures made by hand, by the table of gate.md, "Diagnosis", and what is left when time is up. */
final class InquiryTests {
    private static final Hypothesis CORRECT = Hypothesis.CORRECT;
    private static final Hypothesis ROWS = named("decay multiplies rows instead of columns");
    private static final Hypothesis TOP_K_IGNORED = named("top-k ignored");
    private static final Hypothesis KEEP_IS_BETA = named("keep is beta");
    private static final Hypothesis KEEPS_ALL = named("semantics 1 keeps all");
    /** The same where lambda_outside is not set. */
    private static final Hypothesis SEMANTICS_2 = named("semantics 1 with the coefficients of semantics 2");

    private static final Duration LIMIT = Duration.ofSeconds(2);
    private static final LongSupplier STOPPED = () -> 0;
    private static final int ALL = Hypotheses.ALL.size();

    private static Hypothesis named(String name) {
        return Hypotheses.named(name).orElseThrow();
    }

    /** A clock that stands still for so many looks, the one at the beginning among them, and then is far beyond the limit. */
    private static final class Stopping implements LongSupplier {
        private final AtomicLong looks = new AtomicLong();
        private final long still;

        Stopping(long still) {
            this.still = still;
        }

        @Override
        public long getAsLong() {
            return looks.getAndIncrement() < still ? 0 : LIMIT.multipliedBy(10).toNanos();
        }
    }

    /** A clock that is at the beginning when it is first looked at, and then at this time. */
    private static LongSupplier at(Duration time) {
        AtomicLong looks = new AtomicLong();
        return () -> looks.getAndIncrement() == 0 ? 0 : time.toNanos();
    }

    private static Optional<Diagnosis> asked(LongSupplier clock, List<Observation> failing, List<Observation> passing) {
        try (Inquiry inquiry = new Inquiry("fake", failing, passing, failing.size() + passing.size(),
                new TimeLimit(LIMIT, clock))) {
            return inquiry.diagnose();
        }
    }

    private static Diagnosis of(LongSupplier clock, List<Observation> failing, List<Observation> passing) {
        return asked(clock, failing, passing).orElseThrow();
    }

    private static Diagnosis of(Observation... failing) {
        return of(STOPPED, List.of(failing), List.of());
    }

    private static List<String> names(Diagnosis said) {
        return said.explanations().stream().map(each -> each.hypothesis().name()).toList();
    }

    private static SmallCase topK(String name, int tokens) {
        return SmallCase.of(name, tokens).with(config -> config.withNumStates(3).withReadTopK(1));
    }

    /** A run that is right but for one read of the second token. */
    private static Observation unknown(SmallCase small) {
        return unknown(small, 2);
    }

    private static Observation unknown(SmallCase small, int read) {
        return small.observed(Mistaken.moved(small.values(CORRECT), MathTensor.RAW_READS, read, 0.25));
    }

    /** The mistake, with a last value that is not its own: as far off as roundings that grew. */
    private static Observation roughly(Hypothesis mistake, SmallCase small, double off) {
        return small.observed(Mistaken.moved(small.values(mistake), MathTensor.FINAL_STATE, 0, off));
    }

    @Test
    void aMistakeInEveryCaseIsNamedWithTheLargestDifference() {
        SmallCase four = SmallCase.of("four", 4);
        SmallCase six = SmallCase.of("six", 6);
        TensorSet near = Mistaken.moved(six.values(ROWS), MathTensor.FINAL_STATE, 3, 2e-6);
        double off = Math.abs(near.get(MathTensor.FINAL_STATE).at(3)
                - six.values(ROWS).get(MathTensor.FINAL_STATE).at(3));
        Diagnosis said = of(four.making(ROWS), six.observed(near));
        assertThat(said.runtime()).isEqualTo("fake");
        assertThat(said.where()).isEqualTo("2 of 2 cases differ first in scan, read_routes_per_head, from the second"
                + " token on: the state after the first write is wrong.");
        assertThat(said.finding()).isEqualTo(Finding.NAMED);
        assertThat(said.explanations()).containsExactly(new Explanation(ROWS, 2, 0, 2, off));
        assertThat(said.others()).isEmpty();
        assertThat(said.known()).isEmpty();
        assertThat(said.hypotheses()).isEqualTo(ALL);
        assertThat(said.untried()).isEmpty();
    }

    @Test
    void twoThatFitEquallyAreBothNamed() {
        assertThat(names(of(SmallCase.of("twins", 4).making(SEMANTICS_2)))).containsExactly(KEEPS_ALL.name(),
                SEMANTICS_2.name());
    }

    /** They differ by beta (1 − lambda) in what is erased, here by this part of the tolerance. */
    private static SmallCase twins(double part) {
        double beta = part * 1e-5 / 0.25;
        return SmallCase.of("twins", 1).with(config -> config.withUpdateMode(UpdateMode.LAMBDA_OUTSIDE))
                .with(MathTensor.INITIAL_STATE, new double[8]).with(MathTensor.LAMBDA, 0.75, 0.75)
                .with(MathTensor.BETA, beta, beta);
    }

    @Test
    void aTenthOfTheToleranceTellsNothingApart() {
        assertThat(names(of(twins(0.09).making(KEEPS_ALL)))).containsExactly(KEEPS_ALL.name(), SEMANTICS_2.name());
        assertThat(names(of(twins(0.11).making(KEEPS_ALL)))).containsExactly(KEEPS_ALL.name());
    }

    /** Nor what is ten times as far as the nearest, which here is off where neither mistake shows. */
    @Test
    void whatIsNotTenTimesAsFarFitsEqually() {
        SmallCase small = twins(0.5);
        TensorSet values = small.values(KEEPS_ALL);
        assertThat(names(of(small.observed(SmallCase.with(values, MathTensor.WRITE_ROUTES, 1, 0.06e-5)))))
                .containsExactly(KEEPS_ALL.name(), SEMANTICS_2.name());
        assertThat(names(of(small.observed(SmallCase.with(values, MathTensor.WRITE_ROUTES, 1, 0.04e-5)))))
                .containsExactly(KEEPS_ALL.name());
    }

    @Test
    void aMistakeThatWouldShowInAPassIsNotNamed() {
        List<Observation> failing = List.of(topK("failing", 4).making(TOP_K_IGNORED));
        assertThat(names(of(STOPPED, failing, List.of(SmallCase.of("without top-k", 4).making(CORRECT)))))
                .containsExactly(TOP_K_IGNORED.name());
        Diagnosis said = of(STOPPED, failing, List.of(SmallCase.of("without top-k", 4).making(CORRECT),
                topK("passing", 6).making(CORRECT)));
        assertThat(said.finding()).isEqualTo(Finding.NONE);
        assertThat(said.explanations()).isEmpty();
        assertThat(said.others()).isEmpty();
        assertThat(said.known()).contains("These fail: failing without sidecar.",
                "Only cases with top-k fail: 1 of 2.");
        assertThat(said.untried()).isEmpty();
    }

    /** A failure of another kind, such as a tensor that is missing, is right in what it has. */
    @Test
    void norIsOneThatWouldShowInAFailureWithRightValues() {
        for (double off : new double[]{0, 1e-5}) {
            SmallCase right = topK("right", 6);
            Observation failed = right.observed(SmallCase.with(right.values(CORRECT), MathTensor.WRITE_ROUTES, 1, off));
            assertThat(of(topK("failing", 4).making(TOP_K_IGNORED), failed).finding()).isEqualTo(Finding.NONE);
        }
        assertThat(names(of(topK("failing", 4).making(TOP_K_IGNORED), SmallCase.of("other", 6).making(CORRECT))))
                .containsExactly(TOP_K_IGNORED.name());
    }

    /**
     * Here keep is lambda, and nothing by the mistake: a pass in which the rule needs three quarters of the tolerance
     * contradicts it if the mistake needs more than twice as much.
     */
    @ParameterizedTest
    @ValueSource(doubles = {1.5, 1.6})
    void aPassContradictsWhatIsMoreThanTwiceAsFarAsTheRule(double times) {
        SmallCase small = SmallCase.of("passing", 1).with(MathTensor.BETA, 0, 0).with(MathTensor.LAMBDA, 1.5e-5, 0);
        TensorSet given = SmallCase.with(small.values(CORRECT), MathTensor.WRITE_ROUTES, 1, 0.75e-5);
        Observation passing = small.observed(SmallCase.with(given, MathTensor.KEEP, 0, times * 1e-5));
        Diagnosis said = of(STOPPED, List.of(SmallCase.of("failing", 4).making(KEEP_IS_BETA)), List.of(passing));
        assertThat(said.finding()).isEqualTo(times > 1.5 ? Finding.NONE : Finding.NAMED);
    }

    /** By the rule this keep is 0 and by the mistake beta; neither routes a write into this slot. */
    private static TensorSet ofSmallGates(SmallCase small, double keep, double route) {
        return SmallCase.with(SmallCase.with(small.values(KEEP_IS_BETA), MathTensor.KEEP, 0, keep),
                MathTensor.WRITE_ROUTES, 1, route);
    }

    @Test
    void aMistakeMayUseAllOfTheTolerance() {
        SmallCase small = SmallCase.of("small", 1).with(MathTensor.LAMBDA, 0, 0).with(MathTensor.BETA, 1e-3, 0);
        assertThat(of(small.observed(ofSmallGates(small, 1e-3, 1e-5))).explanations())
                .containsExactly(new Explanation(KEEP_IS_BETA, 1, 0, 1, 1e-5));
        assertThat(of(small.observed(ofSmallGates(small, 1e-3, Math.nextUp(1e-5)))).finding())
                .isEqualTo(Finding.NONE);
    }

    @Test
    void theRuleMustBeTenTimesAsFarOff() {
        SmallCase small = SmallCase.of("small", 1).with(MathTensor.LAMBDA, 0, 0).with(MathTensor.BETA, 1e-4, 0);
        assertThat(names(of(small.observed(ofSmallGates(small, 1e-4, 1e-5))))).containsExactly(KEEP_IS_BETA.name());
        assertThat(of(small.observed(ofSmallGates(small, 0.99e-4, 1e-5))).finding()).isEqualTo(Finding.NONE);
    }

    @Test
    void inHalfOfTheCasesItIsEnoughToBeAHundredTimesNearer() {
        Observation explained = SmallCase.of("four", 4).making(ROWS);
        Observation rough = roughly(ROWS, SmallCase.of("six", 6), 1e-4);
        Diagnosis named = of(explained, rough);
        assertThat(named.finding()).isEqualTo(Finding.NAMED);
        assertThat(named.explanations()).containsExactly(new Explanation(ROWS, 1, 1, 2, 0));
        Diagnosis said = of(explained, rough, roughly(ROWS, SmallCase.of("eight", 8), 1e-4));
        assertThat(said.finding()).isEqualTo(Finding.NONE);
        assertThat(said.known()).contains("No case passes.");
    }

    /** The rule is 200 limits off in keep, and the mistake two in what comes behind it. */
    @Test
    void aHundredTimesIsEnoughAndLessIsNot() {
        SmallCase small = SmallCase.of("small", 1).with(MathTensor.LAMBDA, 0, 0).with(MathTensor.BETA, 2e-3, 0);
        Observation explained = SmallCase.of("four", 4).making(KEEP_IS_BETA);
        Diagnosis named = of(explained, small.observed(ofSmallGates(small, 2e-3, 2e-5)));
        assertThat(named.finding()).isEqualTo(Finding.NAMED);
        assertThat(named.explanations()).containsExactly(new Explanation(KEEP_IS_BETA, 1, 1, 2, 0));
        Diagnosis said = of(explained, small.observed(ofSmallGates(small, 1.999e-3, 2e-5)));
        assertThat(said.finding()).isEqualTo(Finding.PARTLY);
        assertThat(said.others()).containsExactly("small without sidecar");
    }

    /** A thousand times nearer, but in the first place that differs. */
    @Test
    void whatIsWrongInTheFirstPlaceIsNotNearer() {
        SmallCase six = SmallCase.of("six", 6);
        Observation off = six.observed(Mistaken.moved(six.values(KEEP_IS_BETA), MathTensor.KEEP, 0, 5e-5));
        Diagnosis said = of(SmallCase.of("four", 4).making(KEEP_IS_BETA), off);
        assertThat(said.finding()).isEqualTo(Finding.PARTLY);
        assertThat(said.explanations()).containsExactly(new Explanation(KEEP_IS_BETA, 1, 0, 2, 0));
        assertThat(said.others()).containsExactly("six without sidecar");
    }

    /** NaN is as far from the mistake as from the rule. */
    @Test
    void norIsWhatIsNoNumber() {
        Observation off = roughly(KEEP_IS_BETA, SmallCase.of("six", 6), Double.NaN);
        assertThat(of(SmallCase.of("four", 4).making(KEEP_IS_BETA), off).finding()).isEqualTo(Finding.PARTLY);
    }

    @Test
    void aMistakeOfHalfOfTheCasesIsPartOfTheStory() {
        Observation mistaken = SmallCase.of("four", 4).making(ROWS);
        Observation other = unknown(SmallCase.of("six", 6));
        Diagnosis said = of(mistaken, other);
        assertThat(said.finding()).isEqualTo(Finding.PARTLY);
        assertThat(said.explanations()).containsExactly(new Explanation(ROWS, 1, 0, 2, 0));
        assertThat(said.others()).containsExactly("six without sidecar");
        assertThat(said.known()).contains("No case passes.");
        assertThat(of(mistaken, other, unknown(SmallCase.of("eight", 8))).finding()).isEqualTo(Finding.NONE);
    }

    /** One case tells nothing, and the two others speak for one mistake each. */
    @Test
    void ofMistakesOfEquallyManyCasesAllAreNamed() {
        SmallCase outside = SmallCase.of("", 6).with(config -> config.withUpdateMode(UpdateMode.LAMBDA_OUTSIDE));
        SmallCase six = new SmallCase("six", 1, 6, outside.config(), outside.set(), outside.kept());
        SmallCase eight = new SmallCase("eight", 1, 8, outside.config(), outside.set(), outside.kept());
        Diagnosis said = of(SmallCase.of("four", 4).making(KEEPS_ALL), six.making(KEEPS_ALL),
                eight.making(SEMANTICS_2));
        assertThat(said.finding()).isEqualTo(Finding.PARTLY);
        assertThat(said.explanations()).containsExactly(new Explanation(KEEPS_ALL, 2, 0, 3, 0),
                new Explanation(SEMANTICS_2, 2, 0, 3, 0));
        assertThat(said.others()).containsExactly("eight without sidecar");
    }

    @Test
    void ofMistakesOfFewerCasesNoneIsNamed() {
        SmallCase outside = SmallCase.of("outside", 6).with(config -> config.withUpdateMode(UpdateMode.LAMBDA_OUTSIDE));
        Diagnosis said = of(SmallCase.of("four", 4).making(KEEPS_ALL), outside.making(KEEPS_ALL),
                unknown(SmallCase.of("eight", 8)));
        assertThat(said.finding()).isEqualTo(Finding.PARTLY);
        assertThat(said.explanations()).containsExactly(new Explanation(KEEPS_ALL, 2, 0, 3, 0));
    }

    /** Pairs are more than all hypotheses by far, and begin with one whose values agree further than the rule's. */
    @Test
    void noPairIsTriedWithoutSuchABeginning() {
        Stopping clock = new Stopping(Long.MAX_VALUE);
        assertThat(of(clock, List.of(unknown(SmallCase.of("four", 4))), List.of()).finding()).isEqualTo(Finding.NONE);
        assertThat(clock.looks.get()).isLessThan(3L * ALL);
    }

    @Test
    void twoMistakesTogetherAreNamedAsAPair() {
        Hypothesis pair = KEEP_IS_BETA.and(ROWS);
        Diagnosis said = of(SmallCase.of("four", 4).making(pair), SmallCase.of("six", 6).making(pair));
        assertThat(said.finding()).isEqualTo(Finding.NAMED);
        assertThat(said.explanations()).isNotEmpty().allSatisfy(each -> {
            assertThat(each.hypothesis().name()).contains(KEEP_IS_BETA.name(), ROWS.name());
            assertThat(each.cases()).isEqualTo(2);
            assertThat(each.maxAbsDiff()).isZero();
        });
    }

    /** The first case has one of the mistakes, the second both. */
    @Test
    void aPairMayShowHalfOfItselfInACase() {
        Diagnosis said = of(SmallCase.of("four", 4).making(ROWS), topK("six", 6).making(ROWS.and(TOP_K_IGNORED)));
        assertThat(said.finding()).isEqualTo(Finding.NAMED);
        assertThat(said.explanations()).isNotEmpty().allSatisfy(each -> {
            assertThat(each.hypothesis().name()).contains(ROWS.name(), TOP_K_IGNORED.name());
            assertThat(each.cases()).isEqualTo(2);
        });
    }

    @Test
    void aPairIsContradictedByAPass() {
        Hypothesis pair = ROWS.and(TOP_K_IGNORED);
        Diagnosis said = of(STOPPED, List.of(topK("failing", 4).making(pair)),
                List.of(SmallCase.of("passing", 4).making(CORRECT)));
        assertThat(said.finding()).isEqualTo(Finding.NONE);
    }

    @Test
    void rightValuesOfAnotherFixtureAreThoseOfTheRule() {
        SmallCase small = SmallCase.of("small", 4);
        double[] other = small.values(CORRECT).get(MathTensor.RAW_READS).toDoubles();
        other[2] += 1;
        SmallCase changed = small.with(MathTensor.RAW_READS,
                Tensor.ofDoubles(small.values(CORRECT).get(MathTensor.RAW_READS).shape(), other));
        Diagnosis said = of(changed.observed(small.values(CORRECT)));
        assertThat(said.finding()).isEqualTo(Finding.RULE);
        assertThat(said.where()).isEqualTo("1 of 1 case differs first in scan, raw_reads, from the second token on.");
        assertThat(said.known()).containsExactly("Your values are those of math.md within 1e-5; the fixture's are not:"
                + " it was changed, or is made by another rule.");
        assertThat(said.explanations()).isEmpty();
        assertThat(said.untried()).isEmpty();
    }

    @Test
    void rightValuesOfASharperToleranceAreThoseOfTheRule() {
        SmallCase small = SmallCase.of("small", 4);
        TensorSet near = Mistaken.moved(small.values(CORRECT), MathTensor.RAW_READS, 2, 1e-7);
        Diagnosis said = of(small.observed(near, new Tolerance(1e-9, 1e-9)));
        assertThat(said.finding()).isEqualTo(Finding.RULE);
        assertThat(said.known()).containsExactly(
                "Your values are those of math.md within 1e-5; the tolerance that was asked for is sharper.");
    }

    /** A difference of exactly the tolerance is none, in the first case that is looked at and in a later one. */
    @Test
    void aFailureWithinTheToleranceIsNotCounted() {
        SmallCase first = SmallCase.of("first", 4).withMask(false, false, false, false);
        SmallCase later = SmallCase.of("later", 8).withMask(new boolean[8]);
        assertThat(of(atTheLimit(first), SmallCase.of("six", 6).making(ROWS), atTheLimit(later)).explanations())
                .containsExactly(new Explanation(ROWS, 1, 0, 1, 0));
    }

    private static Observation atTheLimit(SmallCase small) {
        return small.observed(SmallCase.with(small.values(CORRECT), MathTensor.WRITE_ROUTES, 0, 1e-5),
                new Tolerance(1e-9, 1e-9));
    }

    @Test
    void ifNothingDiffersNothingIsSaid() {
        SmallCase small = SmallCase.of("small", 4);
        assertThat(asked(STOPPED, List.of(small.making(CORRECT)), List.of())).isEmpty();
        assertThat(asked(STOPPED, List.of(small.making(CORRECT), atTheLimit(small.withMask(new boolean[4]))),
                List.of())).isPresent();
    }

    @Test
    void aFailureThatCannotBeReadAgainIsUntried() {
        SmallCase small = SmallCase.of("gone", 4);
        Diagnosis alone = of(small.unreadable(small.values(ROWS)));
        assertThat(alone.finding()).isEqualTo(Finding.NONE);
        assertThat(alone.explanations()).isEmpty();
        assertThat(alone.untried()).contains("Not tried within 2 s: 1 of 1 cases that fail.");
        Diagnosis said = of(small.unreadable(small.values(ROWS)), SmallCase.of("six", 6).making(ROWS));
        assertThat(said.explanations()).containsExactly(new Explanation(ROWS, 1, 0, 1, 0));
        assertThat(said.untried()).contains("Not tried within 2 s: 1 of 2 cases that fail.");
    }

    @Test
    void passesFromTheFirstThatCannotBeReadOnAreUntried() {
        SmallCase gone = SmallCase.of("gone", 6);
        Diagnosis said = of(STOPPED, List.of(topK("four", 4).making(TOP_K_IGNORED)), List.of(
                topK("largest", 8).making(CORRECT), gone.unreadable(gone.values(CORRECT)),
                SmallCase.of("smallest", 4).making(CORRECT)));
        assertThat(names(said)).containsExactly(TOP_K_IGNORED.name());
        assertThat(said.untried()).contains("Not tried within 2 s: 2 of 3 cases that pass.");
    }

    /** A case of fewer tokens than four tells less, and comes after the others; of these the smallest is first. */
    @Test
    void aSmallCaseThatTellsMistakesApartIsAskedFirst() {
        List<Observation> failing = List.of(unknown(SmallCase.of("six", 6), 0), unknown(SmallCase.of("three", 3), 0),
                SmallCase.of("four", 4).making(ROWS));
        Diagnosis said = of(at(LIMIT), failing, List.of());
        assertThat(said.explanations()).containsExactly(new Explanation(ROWS, 1, 0, 1, 0));
        assertThat(said.untried()).contains("Not tried within 2 s: 2 of 3 cases that fail.");
        assertThat(of(at(LIMIT.dividedBy(2)), failing, List.of()).untried()).isEmpty();
    }

    @Test
    void threeCasesWithMistakesOfTheirOwnAreTooMany() {
        List<Observation> failing = new ArrayList<>(List.of(SmallCase.of("six", 6).making(ROWS),
                SmallCase.of("seven", 7).making(ROWS), SmallCase.of("eight", 8).making(ROWS),
                unknown(SmallCase.of("four", 4)), unknown(SmallCase.of("five", 5))));
        Diagnosis said = of(STOPPED, failing, List.of());
        assertThat(said.finding()).isEqualTo(Finding.PARTLY);
        assertThat(said.explanations()).containsExactly(new Explanation(ROWS, 3, 0, 5, 0));
        assertThat(said.others()).containsExactly("four without sidecar", "five without sidecar");
        failing.add(unknown(topK("five with top-k", 5)));
        assertThat(of(STOPPED, failing, List.of()).finding()).isEqualTo(Finding.NONE);
    }

    @Test
    void whatNobodyCouldTryIsSaid() {
        Diagnosis said = of(at(LIMIT.plusNanos(1)),
                List.of(SmallCase.of("four", 4).making(ROWS), SmallCase.of("six", 6).making(ROWS)),
                List.of(topK("passing", 4).making(CORRECT)));
        assertThat(said.finding()).isEqualTo(Finding.NONE);
        assertThat(said.untried()).contains("Not tried within 2 s: " + ALL
                + " hypotheses, all pairs of hypotheses, 1 of 2 cases that fail.");
    }

    /** The clock is looked at when the questions begin, before a case, and before each hypothesis. */
    @Test
    void hypothesesBehindTheLimitAreCounted() {
        Diagnosis said = of(new Stopping(2 + 100), List.of(unknown(SmallCase.of("four", 4))), List.of());
        assertThat(said.untried()).contains("Not tried within 2 s: " + (ALL - 100)
                + " hypotheses, all pairs of hypotheses.");
    }

    /** And before each case that passes. */
    @Test
    void passesBehindTheLimitAreCounted() {
        List<Observation> passing = List.of(topK("eight", 8).making(CORRECT), SmallCase.of("six", 6)
                .withMask(new boolean[6]).making(CORRECT),
                SmallCase.of("four", 4).withMask(new boolean[4])
                        .making(CORRECT));
        Diagnosis said = of(new Stopping(2 + ALL + 2), List.of(SmallCase.of("failing", 4).making(ROWS)), passing);
        assertThat(names(said)).containsExactly(ROWS.name());
        assertThat(said.untried()).contains("Not tried within 2 s: 1 of 3 cases that pass.");
    }

    /** The time may be up before all pairs have been held against all cases: then none is named. */
    @Test
    void pairsThatTheTimeCutsShortAreUntried() {
        List<Observation> failing = List.of(topK("six", 6).making(ROWS.and(TOP_K_IGNORED)));
        Stopping clock = new Stopping(Long.MAX_VALUE);
        assertThat(of(clock, failing, List.of()).finding()).isEqualTo(Finding.NAMED);
        Diagnosis said = of(new Stopping(clock.looks.get() - 1), failing, List.of());
        assertThat(said.finding()).isEqualTo(Finding.NONE);
        assertThat(said.untried()).contains("Not tried within 2 s: all pairs of hypotheses.");
    }

    /** The sections of math.md are the stages in their order. */
    @ParameterizedTest
    @EnumSource(Stage.class)
    void mistakesOfTheStageThatDiffersFirstAreAskedFirst(Stage first) {
        List<Stage> stages = List.of(Stage.values());
        Comparator<Hypothesis> near = Comparator.comparingInt(each -> each.section().startsWith("math.md §")
                ? Math.abs(each.section().charAt("math.md §".length()) - '1' - stages.indexOf(first))
                : 0);
        List<Hypothesis> likeliest = Inquiry.likeliest(first);
        assertThat(likeliest).containsExactlyInAnyOrderElementsOf(Hypotheses.ALL)
                .isSortedAccordingTo(near.thenComparing(Hypotheses.ALL::indexOf));
    }
}
