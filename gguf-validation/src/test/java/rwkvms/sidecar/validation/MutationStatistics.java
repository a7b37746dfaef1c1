package rwkvms.sidecar.validation;

import java.lang.management.ManagementFactory;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import rwkvms.sidecar.testing.Mutation;
import rwkvms.sidecar.validation.MutationOracle.Effect;
import rwkvms.sidecar.validation.MutationOracle.Examination;

/** Counts over all changes of a run: outcomes by kind, findings by code, and the largest cost of one change. */
final class MutationStatistics {
    private final Map<Mutation.Kind, Map<Effect, Integer>> kinds = new EnumMap<>(Mutation.Kind.class);
    private final Map<FindingCode, Integer> codes = new EnumMap<>(FindingCode.class);
    private final long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    private int changes;
    private int files;
    private long maxAllocated;
    private long maxNanos;
    private long nanos;

    void addFile() {
        files++;
    }

    void add(Mutation.Kind kind, Examination examination) {
        changes++;
        kinds.computeIfAbsent(kind, first -> new EnumMap<>(Effect.class)).merge(examination.effect(), 1, Integer::sum);
        codes(examination.report()).forEach(code -> codes.merge(code, 1, Integer::sum));
        maxAllocated = Math.max(maxAllocated, examination.allocated());
        maxNanos = Math.max(maxNanos, examination.nanos());
        nanos += examination.nanos();
    }

    static Set<FindingCode> codes(ValidationReport report) {
        Set<FindingCode> codes = EnumSet.noneOf(FindingCode.class);
        report.findings().forEach(finding -> codes.add(finding.code()));
        return codes;
    }

    int changes() {
        return changes;
    }

    Set<FindingCode> codes() {
        return codes.keySet();
    }

    /** Kinds of change that never had this effect. */
    Set<Mutation.Kind> kindsWithout(Effect effect) {
        Set<Mutation.Kind> without = EnumSet.allOf(Mutation.Kind.class);
        kinds.forEach((kind, outcomes) -> {
            if (outcomes.containsKey(effect)) {
                without.remove(kind);
            }
        });
        return without;
    }

    String summary() {
        double seconds = (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start) / 1e9;
        return String.format("%,d changes of %,d valid sidecars in %.1f s of CPU: made, validated and judged %,.0f a "
                + "second, validated alone %,.0f a second; at most %,d bytes allocated and %.0f ms of CPU for one",
                changes, files, seconds, changes / seconds, changes / (nanos / 1e9), maxAllocated, maxNanos / 1e6);
    }

    /** Files with each code, of the corpus and of the changes. */
    String codesCsv(Map<FindingCode, Integer> corpus) {
        StringBuilder csv = new StringBuilder("code,corpus classes,changes\n");
        for (FindingCode code : FindingCode.values()) {
            csv.append(code).append(',').append(corpus.getOrDefault(code, 0)).append(',')
                    .append(codes.getOrDefault(code, 0)).append('\n');
        }
        return csv.toString();
    }

    String kindsCsv() {
        StringBuilder csv = new StringBuilder("change");
        for (Effect effect : Effect.values()) {
            csv.append(',').append(effect);
        }
        csv.append('\n');
        new TreeMap<>(kinds).forEach((kind, outcomes) -> {
            csv.append(kind);
            for (Effect effect : Effect.values()) {
                csv.append(',').append(outcomes.getOrDefault(effect, 0));
            }
            csv.append('\n');
        });
        return csv.toString();
    }
}
