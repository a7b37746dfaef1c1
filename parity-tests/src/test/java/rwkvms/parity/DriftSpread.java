package rwkvms.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import rwkvms.math.MathTensor;
import rwkvms.report.drift.Baseline;
import rwkvms.report.drift.CaseChange;
import rwkvms.report.drift.Comparison;
import rwkvms.report.drift.ComparisonReport;
import rwkvms.report.drift.DriftRule;
import rwkvms.report.drift.JudgedCase;
import rwkvms.report.drift.Measured;

/**
 * The smallest and the largest error of each tensor of each case over runs of one runtime, as other machines and compilers would
 * compute them. If the largest is no drift from the smallest, then no run is drift from any other.
 */
final class DriftSpread {
    private int runs;
    private @Nullable Baseline smallest;
    private @Nullable Baseline largest;

    void add(Baseline run) {
        runs++;
        smallest = smallest == null ? run : merged(smallest, run, true);
        largest = largest == null ? run : merged(largest, run, false);
    }

    /** From the smallest errors, and all that a run judged, to the largest, and what every run judged. */
    Comparison comparison() {
        if (smallest == null || largest == null) {
            throw new IllegalStateException("no run was added");
        }
        return Comparison.of(smallest, largest);
    }

    /** Requires that no run is drift from another or judges less, and returns how far they are apart, in words. */
    String requireNone() {
        Comparison comparison = comparison();
        assertThat(new ComparisonReport(comparison, "the smallest errors", true, true).findings()).isEmpty();
        assertThat(comparison.tensors()).isNotEmpty();
        return words(comparison);
    }

    private String words(Comparison comparison) {
        List<CaseChange> all = comparison.tensors().stream().flatMap(each -> each.cases().stream()).toList();
        return String.format(Locale.ROOT,
                "%d runs, tensors of cases: %d, no drift; largest ratio of two errors %.2f, and %.2f of those beyond %.0f ULP"
                        + " of the scale, which are %d; above %.0f: %d",
                runs, all.size(), ratio(all), ratio(beyond(all)), DriftRule.ULPS, beyond(all).size(), DriftRule.FACTOR,
                all.stream().filter(each -> each.growth() > DriftRule.FACTOR).count());
    }

    private static List<CaseChange> beyond(List<CaseChange> all) {
        return all.stream().filter(each -> each.after().ulps() > DriftRule.ULPS).toList();
    }

    private static double ratio(List<CaseChange> all) {
        return all.stream().mapToDouble(CaseChange::growth).max().orElse(1);
    }

    /** Merges two runs; with what either has judged if that is for the smallest errors, else with what both have. */
    private static Baseline merged(Baseline one, Baseline other, boolean smaller) {
        SortedMap<String, SortedMap<String, JudgedCase>> runtimes = new TreeMap<>(
                smaller ? other.runtimes() : new TreeMap<>());
        one.runtimes().forEach((runtime, cases) -> {
            SortedMap<String, JudgedCase> others = other.runtimes().getOrDefault(runtime, new TreeMap<>());
            SortedMap<String, JudgedCase> all = new TreeMap<>(smaller ? others : new TreeMap<>());
            cases.forEach((name, judged) -> Optional.ofNullable(others.get(name))
                    .map(same -> merged(judged, same, smaller)).or(() -> Optional.of(judged).filter(_ -> smaller))
                    .ifPresent(each -> all.put(name, each)));
            runtimes.put(runtime, all);
        });
        return new Baseline(one.tolerance(), new TreeMap<>(), runtimes, new TreeMap<>());
    }

    private static JudgedCase merged(JudgedCase one, JudgedCase other, boolean smaller) {
        SortedMap<MathTensor, Measured> tensors = new TreeMap<>(smaller ? other.tensors() : new TreeMap<>());
        one.tensors().forEach((tensor, measured) -> Optional.ofNullable(other.tensors().get(tensor))
                .map(same -> merged(measured, same, smaller)).or(() -> Optional.of(measured).filter(_ -> smaller))
                .ifPresent(each -> tensors.put(tensor, each)));
        return new JudgedCase(one.errors(), tensors);
    }

    private static Measured merged(Measured one, Measured other, boolean smaller) {
        Measured least = one.error() <= other.error() ? one : other;
        Measured most = one.error() <= other.error() ? other : one;
        Measured chosen = smaller ? least : most;
        return new Measured(smaller ? Math.max(one.values(), other.values()) : Math.min(one.values(), other.values()),
                chosen.ofLimit(), chosen.error(), chosen.scale(), chosen.passed());
    }
}
