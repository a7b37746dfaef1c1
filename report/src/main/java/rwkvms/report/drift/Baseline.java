package rwkvms.report.drift;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.CaseNotEvaluated;
import rwkvms.golden.CheckResult;
import rwkvms.report.CheckDetails;
import rwkvms.report.CheckedCase;
import rwkvms.report.Provenance;

/**
 * What a run of {@code gate check} measured, to compare another run with.
 *
 * @param provenance what decides the figures: machine, libraries and inputs, by name
 * @param runtimes   the cases judged on each runtime, by their names; the name of a runtime has its device if that is not a
 *                   matter of course
 * @param missed     why cases were not evaluated on each runtime
 */
public record Baseline(Tolerance tolerance, SortedMap<String, String> provenance,
        SortedMap<String, SortedMap<String, JudgedCase>> runtimes,
        SortedMap<String, SortedMap<String, String>> missed) {
    /** What is another on every run or says nothing of the figures: two runs of one build have the same baseline. */
    private static final List<String> TRANSIENT = List.of("commit", "date", "gate", "jvm", "os");
    /** The entry of a verdict for the file that it was compared with. */
    public static final String ROLE = "baseline";
    private static final String ROLE_PREFIX = "sha256 " + ROLE + ":";

    public Baseline {
        provenance = Collections.unmodifiableSortedMap(new TreeMap<>(provenance));
        runtimes = deepCopy(runtimes);
        missed = deepCopy(missed);
    }

    private static <T> SortedMap<String, SortedMap<String, T>> deepCopy(SortedMap<String, SortedMap<String, T>> maps) {
        SortedMap<String, SortedMap<String, T>> copy = new TreeMap<>();
        maps.forEach((name, map) -> copy.put(name, Collections.unmodifiableSortedMap(new TreeMap<>(map))));
        return Collections.unmodifiableSortedMap(copy);
    }

    /** Returns what a check has measured. */
    public static Baseline of(CheckDetails details, Provenance provenance) {
        SortedMap<String, SortedMap<String, JudgedCase>> runtimes = new TreeMap<>();
        SortedMap<String, SortedMap<String, String>> missed = new TreeMap<>();
        for (CheckedCase each : details.cases()) {
            switch (each.result()) {
                case CheckResult result -> runtimes.computeIfAbsent(result.runtime(), _ -> new TreeMap<>())
                        .put(result.caseName(), JudgedCase.of(result));
                case CaseNotEvaluated none -> missed.computeIfAbsent(none.runtime(), _ -> new TreeMap<>())
                        .put(none.caseName(), none.reason());
            }
        }
        return new Baseline(details.tolerance(), lasting(provenance.entries()), runtimes, missed);
    }

    /** Returns the entries that stay the same from run to run. */
    static SortedMap<String, String> lasting(Map<String, String> provenance) {
        SortedMap<String, String> lasting = new TreeMap<>(provenance);
        lasting.keySet().removeIf(name -> TRANSIENT.contains(name) || name.startsWith(ROLE_PREFIX));
        return lasting;
    }

    /** The case as it was judged on a runtime. */
    Optional<JudgedCase> judged(String runtime, String caseName) {
        return Optional.ofNullable(runtimes.getOrDefault(runtime, Collections.emptySortedMap()).get(caseName));
    }

    /** Why a case was not evaluated on a runtime. */
    Optional<String> missed(String runtime, String caseName) {
        return Optional.ofNullable(missed.getOrDefault(runtime, Collections.emptySortedMap()).get(caseName));
    }
}
