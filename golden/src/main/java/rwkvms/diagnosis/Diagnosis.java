package rwkvms.diagnosis;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What the failures of one runtime have in common, and the mistakes that explain them.
 *
 * @param where        where its cases differ first, in one line
 * @param explanations the mistakes that fit equally, in the order of math.md; empty unless the finding names some
 * @param others       cases that the explanations leave open
 * @param known        what is known of the failures beside that, one line each
 * @param hypotheses   how many there are
 * @param untried      what there was no time for; empty if everything was tried
 */
public record Diagnosis(String runtime, String where, Finding finding, List<Explanation> explanations,
        List<String> others, List<String> known, int hypotheses, Optional<String> untried) {
    /** More mistakes that fit equally are a number; JSON has all. */
    private static final int SHOWN = 4;
    /** More names of cases are a number. */
    private static final int NAMES = 8;

    /** What came of the hypotheses. */
    public enum Finding {
        /** One mistake, or several that fit equally, in all cases that were tried. */
        NAMED,
        /** A mistake explains some cases and not the others. */
        PARTLY,
        /** None fits. */
        NONE,
        /** The values are those of the rule, within the gate's own tolerance. */
        RULE;

        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Diagnosis {
        explanations = List.copyOf(explanations);
        others = List.copyOf(others);
        known = List.copyOf(known);
    }

    /** All of it for people, the first line first. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>(List.of(where));
        lines.addAll(findings());
        lines.addAll(known);
        untried.ifPresent(lines::add);
        return lines;
    }

    private List<String> findings() {
        List<String> lines = new ArrayList<>();
        for (Explanation each : explanations.subList(0, Math.min(explanations.size(), SHOWN))) {
            lines.add(String.format(Locale.ROOT,
                    "%s \"%s\" in %d of %d %s (max abs diff %s)%s. See %s. It looks as if somebody %s.",
                    lines.isEmpty() ? "Your values are those of" : "They are as well those of",
                    each.hypothesis().name(),
                    each.cases(), each.of(), each.of() == 1 ? "case" : "cases", number(each.maxAbsDiff()), nearer(each),
                    each.hypothesis().section(), each.hypothesis().developer()));
        }
        if (explanations.size() > SHOWN) {
            lines.add((explanations.size() - SHOWN) + " more hypotheses fit equally.");
        }
        switch (finding) {
            case NAMED, RULE -> {
            }
            case PARTLY -> lines.add("There it is, but not alone: " + names(others)
                    + (others.size() == 1 ? " differs" : " differ") + " in another way.");
            case NONE -> lines.add("None of " + hypotheses + " hypotheses gives these values.");
        }
        return lines;
    }

    private static String nearer(Explanation explanation) {
        return explanation.nearer() == 0
                ? ""
                : ", and in " + explanation.nearer() + " more a hundred times nearer to it than to the rule";
    }

    static String names(List<String> names) {
        return String.join(", ", names.subList(0, Math.min(names.size(), NAMES)))
                + (names.size() > NAMES ? " and " + (names.size() - NAMES) + " more" : "");
    }

    private static String number(double value) {
        return value == 0 ? "0" : String.format(Locale.ROOT, "%.1e", value);
    }
}
