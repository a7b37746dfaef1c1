package rwkvms.diagnosis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import rwkvms.comparison.Tolerance;
import rwkvms.diagnosis.Diagnosis.Finding;
import rwkvms.hypotheses.Hypotheses;
import rwkvms.hypotheses.Hypothesis;
import rwkvms.sidecar.validation.SidecarException;

/**
 * The hypotheses held against the failures of one runtime. All of them against the first few cases; those that explain one
 * against the other failures and against what passes, until the time is up.
 */
final class Inquiry implements AutoCloseable {
    /** Cases that every hypothesis is held against: one alone may not tell two mistakes apart, or have two of its own. */
    private static final int PROBES = 3;
    /** The mistakes whose values agree the furthest, of which pairs are made. */
    private static final int BASES = 6;
    /** Shares of the tolerance that say nothing: two mistakes that come nearer than this fit equally. */
    private static final double NEAR = 0.1;

    private final String runtime;
    private final List<Observation> failing;
    private final List<Observation> passing;
    private final int judged;
    private final long begun;
    private final Duration limit;
    private final List<Evidence> opened = new ArrayList<>();
    private final List<Evidence> against = new ArrayList<>();
    private int untriedFailures;
    private int untriedPasses;
    private int untriedHypotheses;
    private boolean pairsUntried;

    /** A mistake with what it explains. */
    private record Tried(Hypothesis hypothesis, Map<Evidence, Fit> explained, boolean contradicted) {
        double ratio() {
            return explained.values().stream().mapToDouble(Fit::ratio).max().orElse(Double.POSITIVE_INFINITY);
        }

        double maxAbsDiff() {
            return explained.values().stream().mapToDouble(Fit::maxAbsDiff).max().orElse(Double.POSITIVE_INFINITY);
        }
    }

    Inquiry(String runtime, Collection<Observation> failing, Collection<Observation> passing, int judged,
            long begun, Duration limit) {
        this.runtime = runtime;
        this.failing = failing.stream().sorted(Comparator.comparing(Observation::result, Grain.FINEST_FIRST)).toList();
        this.passing = passing.stream().sorted(Comparator.comparingLong(Observation::size)).toList();
        this.judged = judged;
        this.begun = begun;
        this.limit = limit;
    }

    private boolean late() {
        return System.nanoTime() - begun > limit.toNanos();
    }

    /** Empty if nothing differs, and the failures are of another kind, such as a tensor that the fixture lacks. */
    Optional<Diagnosis> diagnose() {
        Failures failures = new Failures(failing, passing, judged);
        List<Evidence> wrong = open(failing);
        if (wrong.isEmpty()) {
            return failing.stream().allMatch(each -> each.result().firstDivergence().isEmpty())
                    ? Optional.empty()
                    : Optional.of(diagnosis(failures, opened.isEmpty() ? Finding.NONE : Finding.RULE, List.of(),
                            List.of(), List.of()));
        }
        return Optional.of(diagnose(failures, wrong));
    }

    private Diagnosis diagnose(Failures failures, List<Evidence> wrong) {
        List<Tried> tried = singles(wrong);
        List<Tried> named = explainingAll(tried, wrong);
        if (named.isEmpty()) {
            named = explainingAll(pairs(tried, wrong), wrong);
        }
        if (!named.isEmpty()) {
            return diagnosis(failures, Finding.NAMED, named, wrong, List.of());
        }
        Optional<Tried> most = tried.stream().filter(each -> !each.contradicted)
                .max(Comparator.comparingInt(each -> each.explained.size()));
        if (most.isPresent() && 2 * most.get().explained.size() >= wrong.size() && wrong.size() > 1) {
            int explained = most.get().explained.size();
            List<Tried> equal = tried.stream()
                    .filter(each -> !each.contradicted && each.explained.size() == explained).toList();
            return diagnosis(failures, Finding.PARTLY, equal, wrong, wrong.stream()
                    .filter(each -> !most.get().explained.containsKey(each)).map(each -> each.observation().name())
                    .toList());
        }
        return diagnosis(failures, Finding.NONE, List.of(), wrong, List.of());
    }

    private Diagnosis diagnosis(Failures failures, Finding finding, List<Tried> named, List<Evidence> wrong,
            List<String> others) {
        List<Explanation> explanations = named.stream().map(each -> new Explanation(each.hypothesis,
                each.explained.size(), wrong.size(), each.maxAbsDiff())).toList();
        return new Diagnosis(runtime, failures.where(), finding, explanations, others,
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
                : Optional.of("Not tried within " + limit.toSeconds() + " s: "
                        + String.join(", ", untried) + ".");
    }

    /** Opens failures until the time is half up; returns those that the correct rule does not explain. */
    private List<Evidence> open(List<Observation> observations) {
        List<Evidence> wrong = new ArrayList<>();
        for (Observation each : observations) {
            if (!opened.isEmpty() && 2 * (System.nanoTime() - begun) > limit.toNanos()) {
                untriedFailures++;
                continue;
            }
            try {
                Evidence evidence = Evidence.of(each);
                opened.add(evidence);
                (evidence.correct().ratio() > 1 ? wrong : against).add(evidence);
            } catch (SidecarException | RuntimeException unreadable) {
                untriedFailures++;
            }
        }
        return wrong;
    }

    private static boolean explains(Fit fit, Evidence evidence) {
        return fit.ratio() <= 1 && evidence.correct().ratio() >= Diagnostician.MARGIN * fit.ratio();
    }

    /** Every hypothesis that explains one of the first cases, held against all. */
    private List<Tried> singles(List<Evidence> wrong) {
        List<Hypothesis> candidates = Hypotheses.ALL.parallelStream().filter(each -> {
            if (late()) {
                synchronized (this) {
                    untriedHypotheses++;
                }
                return false;
            }
            return wrong.stream().limit(PROBES).anyMatch(evidence -> explains(evidence.fit(each), evidence));
        }).toList();
        return tried(candidates, wrong);
    }

    private List<Tried> tried(List<Hypothesis> candidates, List<Evidence> wrong) {
        List<Map<Evidence, Fit>> explained = new ArrayList<>();
        for (Hypothesis each : candidates) {
            Map<Evidence, Fit> fits = new LinkedHashMap<>();
            wrong.forEach(evidence -> {
                Fit fit = evidence.fit(each);
                if (explains(fit, evidence)) {
                    fits.put(evidence, fit);
                }
            });
            explained.add(fits);
        }
        boolean[] contradicted = new boolean[candidates.size()];
        against.forEach(sound -> contradict(candidates, sound, contradicted));
        int left = candidates.isEmpty() ? 0 : passing.size();
        for (Observation each : passing) {
            if (left == 0 || late()) {
                break;
            }
            left--;
            try (Evidence sound = Evidence.of(each)) {
                contradict(candidates, sound, contradicted);
            } catch (SidecarException | RuntimeException unreadable) {
                left++;
                break;
            }
        }
        untriedPasses = Math.max(untriedPasses, left);
        return IntStream.range(0, candidates.size())
                .mapToObj(i -> new Tried(candidates.get(i), explained.get(i), contradicted[i])).toList();
    }

    /** A mistake that would show where the runtime is right is not its mistake. */
    private static void contradict(List<Hypothesis> candidates, Evidence sound, boolean[] contradicted) {
        for (int i = 0; i < contradicted.length; i++) {
            contradicted[i] |= sound.fit(candidates.get(i)).ratio() > Math.max(1, 2 * sound.correct().ratio());
        }
    }

    /** Those that explain every failure and contradict no pass; of several, those that come about as near as the nearest. */
    private static List<Tried> explainingAll(List<Tried> tried, List<Evidence> wrong) {
        List<Tried> all = tried.stream()
                .filter(each -> !each.contradicted && each.explained.size() == wrong.size()).toList();
        double nearest = all.stream().mapToDouble(Tried::ratio).min().orElse(0);
        return all.stream().filter(each -> each.ratio() <= Math.max(NEAR, Diagnostician.MARGIN * nearest)).toList();
    }

    /** Pairs of a mistake that explains something, or whose values agree further than the rule's, with every other one. */
    private List<Tried> pairs(List<Tried> tried, List<Evidence> wrong) {
        Evidence hard = wrong.stream()
                .filter(evidence -> tried.stream().noneMatch(each -> each.explained.containsKey(evidence)))
                .findFirst().orElse(wrong.getFirst());
        record Reach(Hypothesis hypothesis, Place first) {
        }
        List<Hypothesis> bases = Hypotheses.ALL.parallelStream().takeWhile(each -> !late())
                .map(each -> new Reach(each, hard.fit(each).first()))
                .filter(each -> each.first.compareTo(hard.correct().first()) > 0)
                .sorted(Comparator.comparing(Reach::first).reversed()).limit(BASES).map(Reach::hypothesis)
                .toList();
        List<Hypothesis> pairs = bases.stream().flatMap(base -> Hypotheses.ALL.stream()
                .filter(other -> other != base).map(base::and)).toList();
        List<Hypothesis> candidates = pairs.parallelStream()
                .filter(pair -> !late() && explains(hard.fit(pair), hard)).toList();
        pairsUntried = late();
        return tried(candidates, wrong);
    }

    @Override
    public void close() {
        opened.forEach(Evidence::close);
    }
}
