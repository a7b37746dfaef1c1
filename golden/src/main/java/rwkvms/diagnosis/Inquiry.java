package rwkvms.diagnosis;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import rwkvms.comparison.Tolerance;
import rwkvms.diagnosis.Diagnosis.Finding;
import rwkvms.hypotheses.Hypotheses;
import rwkvms.hypotheses.Hypothesis;
import rwkvms.math.Stage;
import rwkvms.sidecar.validation.SidecarException;

/**
 * The hypotheses held against the failures of one runtime. All of them against a small case; those that explain it against the
 * other failures and against what passes, until the time is up.
 */
final class Inquiry implements AutoCloseable {
    /** So many cases, if none explains the first: a case may have two mistakes of its own. */
    private static final int PROBES = 3;
    /** Tokens of a case that tells most mistakes apart. */
    private static final int TELLING = 4;
    /** The mistakes whose values agree the furthest, of which pairs are made. */
    private static final int BASES = 6;
    /** Shares of the tolerance that say nothing: two mistakes that come nearer than this fit equally. */
    private static final double NEAR = 0.1;

    /** Of math.md; the sections are the stages in their order. */
    private static final Pattern SECTION = Pattern.compile("math\\.md §([1-6])");

    private final String runtime;
    private final List<Observation> failing;
    private final List<Observation> passing;
    private final int judged;
    private final TimeLimit limit;
    private final List<Evidence> opened = new ArrayList<>();
    private final List<Evidence> against = new ArrayList<>();
    private int untriedFailures;
    private int untriedPasses;
    private int untriedHypotheses;
    private boolean pairsUntried;

    /** So much nearer than the rule, and only the roundings differ: a mistake may make them grow as the rule does not. */
    static final double NEARER = 100;

    /** A mistake with what it explains, and how often it is only far nearer than the rule. */
    private record Tried(Hypothesis hypothesis, Map<Evidence, Fit> explained, int nearer, boolean contradicted) {
        /** Whether it explains at least half of so many failures, and comes near in all others. */
        boolean fits(int failures) {
            return !contradicted && explained.size() + nearer == failures && 2 * explained.size() >= failures;
        }

        double ratio() {
            return explained.values().stream().mapToDouble(Fit::ratio).max().orElse(Double.POSITIVE_INFINITY);
        }

        double maxAbsDiff() {
            return explained.values().stream().mapToDouble(Fit::maxAbsDiff).max().orElse(Double.POSITIVE_INFINITY);
        }
    }

    Inquiry(String runtime, Collection<Observation> failing, Collection<Observation> passing, int judged,
            TimeLimit limit) {
        this.runtime = runtime;
        this.failing = failing.stream().sorted(Comparator.comparing(Observation::result, Grain.FINEST_FIRST)).toList();
        this.passing = passing.stream().sorted(Comparator.comparingLong(Observation::size)).toList();
        this.judged = judged;
        this.limit = limit;
    }

    /** Empty if nothing differs, and the failures are of another kind, such as a tensor that the fixture lacks. */
    Optional<Diagnosis> diagnose() {
        Failures failures = new Failures(failing, passing, judged);
        List<Tried> tried = new ArrayList<>();
        List<Evidence> wrong = probed(tried);
        if (wrong.isEmpty()) {
            return failing.stream().allMatch(each -> each.result().firstDivergence().isEmpty())
                    ? Optional.empty()
                    : Optional.of(diagnosis(failures, opened.isEmpty() ? Finding.NONE : Finding.RULE, List.of(),
                            List.of(), List.of()));
        }
        return Optional.of(diagnose(failures, tried, wrong));
    }

    private Diagnosis diagnose(Failures failures, List<Tried> tried, List<Evidence> wrong) {
        List<Tried> named = explainingAll(tried, wrong);
        if (named.isEmpty()) {
            named = explainingAll(pairs(tried, wrong), wrong);
        }
        if (!named.isEmpty()) {
            return diagnosis(failures, Finding.NAMED, named, wrong, List.of());
        }
        List<Tried> possible = tried.stream().filter(each -> !each.contradicted).toList();
        int most = possible.stream().mapToInt(each -> each.explained.size()).max().orElse(0);
        if (2 * most >= wrong.size()) {
            List<Tried> equal = possible.stream().filter(each -> each.explained.size() == most).toList();
            return diagnosis(failures, Finding.PARTLY, equal, wrong, wrong.stream()
                    .filter(each -> !equal.getFirst().explained.containsKey(each))
                    .map(each -> each.observation().name()).toList());
        }
        return diagnosis(failures, Finding.NONE, List.of(), wrong, List.of());
    }

    private Diagnosis diagnosis(Failures failures, Finding finding, List<Tried> named, List<Evidence> wrong,
            List<String> others) {
        List<Explanation> explanations = named.stream().map(each -> new Explanation(each.hypothesis,
                each.explained.size(), each.nearer, wrong.size(), each.maxAbsDiff())).toList();
        return new Diagnosis(runtime, failures.where(finding != Finding.RULE), finding, explanations, others,
                switch (finding) {
                    case NAMED -> List.of();
                    case RULE -> List.of(rule());
                    case PARTLY, NONE -> failures.known();
                }, Hypotheses.ALL.size(), untried());
    }

    private String rule() {
        return failing.getFirst().result().tolerance().sharperThan(Tolerance.DEFAULT)
                ? "Your values are those of math.md within 1e-5; the tolerance that was asked for is sharper."
                : "Your values are those of math.md within 1e-5; the fixture's are not: it was changed, or is made by"
                        + " another rule.";
    }

    private Optional<String> untried() {
        List<String> untried = new ArrayList<>();
        if (untriedHypotheses > 0) {
            untried.add(untriedHypotheses + " hypotheses");
        }
        if (pairsUntried) {
            untried.add("all pairs of hypotheses");
        }
        if (untriedFailures > 0) {
            untried.add(untriedFailures + " of " + failing.size() + " cases that fail");
        }
        if (untriedPasses > 0) {
            untried.add(untriedPasses + " of " + passing.size() + " cases that pass");
        }
        return untried.isEmpty()
                ? Optional.empty()
                : Optional.of("Not tried within " + limit + ": "
                        + String.join(", ", untried) + ".");
    }

    /**
     * Holds every hypothesis against a small failure, and those that explain it against all; if that leaves none, against another
     * small one. Returns the failures that were opened and that the correct rule does not explain.
     */
    private List<Evidence> probed(List<Tried> tried) {
        List<Observation> small = failing.stream().sorted(Comparator
                .comparing((Observation each) -> each.tokens() < TELLING)
                .thenComparingLong(Observation::size)).toList();
        List<Evidence> wrong = new ArrayList<>();
        Set<Hypothesis> explaining = new LinkedHashSet<>();
        int probes = 0;
        for (Observation each : small) {
            if (probes < PROBES && explaining.isEmpty() && !limit.isOver()) {
                Optional<Evidence> probe = open(each);
                if (probe.isPresent() && probe.get().correct().ratio() > 1) {
                    probes++;
                    wrong.add(probe.get());
                    explaining.addAll(explaining(probe.get()));
                }
            } else if (wrong.isEmpty() || !limit.isHalfOver()) { // the other half is for what passes
                open(each).filter(evidence -> evidence.correct().ratio() > 1).ifPresent(wrong::add);
            } else {
                untriedFailures++;
            }
        }
        if (probes == 0 && !wrong.isEmpty()) {
            untriedHypotheses = Hypotheses.ALL.size();
        }
        tried.addAll(tried(List.copyOf(explaining), wrong));
        return wrong;
    }

    private Optional<Evidence> open(Observation observation) {
        try {
            Evidence evidence = Evidence.of(observation);
            opened.add(evidence);
            if (evidence.correct().ratio() <= 1) {
                against.add(evidence);
            }
            return Optional.of(evidence);
        } catch (SidecarException | RuntimeException unreadable) {
            untriedFailures++;
            return Optional.empty();
        }
    }

    private static boolean explains(Fit fit, Evidence evidence) {
        return fit.ratio() <= 1 && evidence.correct().ratio() >= Diagnostician.MARGIN * fit.ratio();
    }

    /** Asks first for what the run begins with, which is far less to compute than all of a long run. */
    private static boolean explains(Hypothesis mistake, Evidence evidence) {
        return evidence.explainsBeginning(mistake) && explains(evidence.fit(mistake), evidence);
    }

    private static boolean isFarNearer(Fit fit, Evidence evidence) {
        return !explains(fit, evidence) && Double.isFinite(fit.ratio())
                && fit.first().compareTo(evidence.correct().first()) > 0
                && NEARER * fit.ratio() <= evidence.correct().ratio();
    }

    private List<Hypothesis> explaining(Evidence probe) {
        AtomicInteger untried = new AtomicInteger();
        List<Hypothesis> found = filtered(likeliest(probe.correct().first().stage()), each -> explains(each, probe),
                untried);
        untriedHypotheses += untried.get();
        return Hypotheses.ALL.stream().filter(found::contains).toList();
    }

    /** All by how likely they are if values differ first in this stage: a mistake shows first in its own, as a rule. */
    static List<Hypothesis> likeliest(Stage first) {
        int stage = List.of(Stage.values()).indexOf(first);
        return Hypotheses.ALL.stream().sorted(Comparator.comparingInt(each -> distance(each, stage))).toList();
    }

    /** How far the section of a mistake is from a stage; one that stands elsewhere may be of any. */
    private static int distance(Hypothesis mistake, int stage) {
        Matcher section = SECTION.matcher(mistake.section());
        return section.lookingAt() ? Math.abs(Integer.parseInt(section.group(1)) - 1 - stage) : 0;
    }

    /** Those that pass a test, which all processors make in the order of the list until the time is up. */
    private <T> List<T> filtered(List<T> all, Predicate<T> test, AtomicInteger untried) {
        AtomicInteger next = new AtomicInteger();
        boolean[] passed = new boolean[all.size()];
        IntStream.range(0, Runtime.getRuntime().availableProcessors()).parallel().forEach(_ -> {
            for (int i = next.getAndIncrement(); i < passed.length; i = next.getAndIncrement()) {
                if (limit.isOver()) {
                    untried.incrementAndGet();
                } else {
                    passed[i] = test.test(all.get(i));
                }
            }
        });
        return IntStream.range(0, passed.length).filter(i -> passed[i]).mapToObj(all::get).toList();
    }

    private List<Tried> tried(List<Hypothesis> candidates, List<Evidence> wrong) {
        List<Map<Evidence, Fit>> explained = new ArrayList<>();
        List<Long> nearer = new ArrayList<>();
        for (Hypothesis each : candidates) {
            Map<Evidence, Fit> fits = new LinkedHashMap<>();
            wrong.forEach(evidence -> fits.put(evidence, evidence.fit(each)));
            nearer.add(fits.entrySet().stream().filter(fit -> isFarNearer(fit.getValue(), fit.getKey())).count());
            fits.entrySet().removeIf(fit -> !explains(fit.getValue(), fit.getKey()));
            explained.add(fits);
        }
        boolean[] contradicted = contradicted(candidates);
        return IntStream.range(0, candidates.size())
                .mapToObj(
                        i -> new Tried(candidates.get(i), explained.get(i), nearer.get(i).intValue(), contradicted[i]))
                .toList();
    }

    /** Which of them what is right contradicts, as far as the time allows. */
    private boolean[] contradicted(List<Hypothesis> candidates) {
        boolean[] contradicted = new boolean[candidates.size()];
        against.forEach(sound -> contradict(candidates, sound, contradicted));
        int seen = candidates.isEmpty() ? passing.size() : 0;
        while (seen < passing.size() && !limit.isOver() && contradict(candidates, passing.get(seen), contradicted)) {
            seen++;
        }
        untriedPasses = Math.max(untriedPasses, passing.size() - seen);
        return contradicted;
    }

    /** The same of a case that passes; returns whether it could be read. */
    private static boolean contradict(List<Hypothesis> candidates, Observation passed, boolean[] contradicted) {
        try (Evidence sound = Evidence.of(passed)) {
            contradict(candidates, sound, contradicted);
            return true;
        } catch (SidecarException | RuntimeException unreadable) {
            return false;
        }
    }

    /** A mistake that would show where the runtime is right is not its mistake. */
    private static void contradict(List<Hypothesis> candidates, Evidence sound, boolean[] contradicted) {
        for (int i = 0; i < contradicted.length; i++) {
            contradicted[i] |= sound.fit(candidates.get(i)).ratio() > Math.max(1, 2 * sound.correct().ratio());
        }
    }

    /** Those that explain every failure and contradict no pass; of several, those that come about as near as the nearest. */
    private static List<Tried> explainingAll(List<Tried> tried, List<Evidence> wrong) {
        List<Tried> all = tried.stream().filter(each -> each.fits(wrong.size())).toList();
        double nearest = all.stream().mapToDouble(Tried::ratio).min().orElse(0);
        return all.stream().filter(each -> each.ratio() <= Math.max(NEAR, Diagnostician.MARGIN * nearest)).toList();
    }

    /** Pairs of a mistake that explains something, or whose values agree further than the rule's, with every other one. */
    private List<Tried> pairs(List<Tried> tried, List<Evidence> wrong) {
        Optional<Evidence> open = wrong.stream()
                .filter(evidence -> tried.stream().noneMatch(each -> each.explained.containsKey(evidence)))
                .findFirst();
        if (open.isEmpty()) {
            return List.of();
        }
        Evidence hard = open.get();
        record Reach(Hypothesis hypothesis, Place first) {
        }
        List<Hypothesis> bases = Hypotheses.ALL.parallelStream().takeWhile(each -> !limit.isOver())
                .filter(hard::surpassesTheRule)
                .map(each -> new Reach(each, hard.beginning(each).first()))
                .sorted(Comparator.comparing(Reach::first).reversed()).limit(BASES).map(Reach::hypothesis)
                .toList();
        List<Hypothesis> pairs = bases.stream().flatMap(base -> Hypotheses.ALL.stream()
                .filter(other -> other != base).map(base::and)).toList();
        List<Hypothesis> candidates = filtered(pairs,
                pair -> explains(pair, hard), new AtomicInteger());
        List<Tried> both = tried(candidates, wrong);
        pairsUntried = limit.isOver();
        return pairsUntried ? List.of() : both;
    }

    @Override
    public void close() {
        opened.forEach(Evidence::close);
    }
}
