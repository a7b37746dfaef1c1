package rwkvms.report.drift;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import rwkvms.math.MathTensor;

/** What one run judged and another one does not: runtimes, cases, tensors, values, and how sharply. */
final class Losses {
    private final Baseline whole;
    private final Baseline part;
    private final List<Sentence> found = new ArrayList<>();

    private Losses(Baseline whole, Baseline part) {
        this.whole = whole;
        this.part = part;
    }

    /** Returns what {@code whole} has judged and {@code part} has not. */
    static List<Sentence> of(Baseline whole, Baseline part) {
        Losses losses = new Losses(whole, part);
        losses.compareTolerances();
        whole.runtimes().forEach(losses::compareRuntime);
        return List.copyOf(losses.found);
    }

    private void compareTolerances() {
        if (whole.tolerance().sharperThan(part.tolerance())) {
            found.add(new Sentence("", "judged at rtol " + whole.tolerance().rtol() + " and atol "
                    + whole.tolerance().atol() + ", elsewhere at " + part.tolerance().rtol() + " and "
                    + part.tolerance().atol()));
        }
    }

    private void compareRuntime(String runtime, SortedMap<String, JudgedCase> cases) {
        if (!part.runtimes().containsKey(runtime)) {
            found.add(new Sentence(runtime, "the runtime with all of its " + Names.count(cases.size(), "case")
                    + " and " + cases.values().stream().mapToLong(JudgedCase::values).sum() + " values"));
            return;
        }
        SortedMap<String, List<String>> casesByReason = new TreeMap<>();
        SortedMap<MathTensor, List<String>> casesByTensor = new TreeMap<>();
        SortedMap<MathTensor, SortedMap<String, Long>> values = new TreeMap<>();
        cases.forEach((name, before) -> {
            JudgedCase after = part.judged(runtime, name)
                    .orElse(new JudgedCase(List.of(), Collections.emptySortedMap()));
            if (after.tensors().isEmpty() && !before.tensors().isEmpty()) {
                casesByReason.computeIfAbsent(reason(runtime, name, after), _ -> new ArrayList<>()).add(name);
                return;
            }
            for (Map.Entry<MathTensor, Measured> tensor : before.tensors().entrySet()) {
                Measured now = after.tensors().get(tensor.getKey());
                if (now == null) {
                    casesByTensor.computeIfAbsent(tensor.getKey(), _ -> new ArrayList<>()).add(name);
                } else if (now.values() < tensor.getValue().values()) {
                    values.computeIfAbsent(tensor.getKey(), _ -> new TreeMap<>()).put(name,
                            tensor.getValue().values() - now.values());
                }
            }
        });
        casesByReason.forEach((reason, names) -> found.add(new Sentence(runtime,
                Names.count(names.size(), "case") + ": " + Names.some(names)
                        + (reason.isEmpty() ? "" : ": " + reason))));
        tensorsByCases(casesByTensor).forEach((names, tensors) -> found.add(new Sentence(runtime,
                Names.count(tensors.size(), "tensor") + " in " + Names.count(names.size(), "case") + ": "
                        + Names.some(tensors) + " in " + Names.some(names))));
        values.forEach((tensor, fewer) -> found.add(new Sentence(runtime,
                Names.count(fewer.values().stream().mapToLong(Long::longValue).sum(), "value") + " of "
                        + tensor.label() + " in " + Names.some(fewer.keySet()))));
    }

    private String reason(String runtime, String name, JudgedCase after) {
        return part.missed(runtime, name).map(why -> "not evaluated: " + why)
                .orElse(after.errors().stream().findFirst().orElse(""));
    }

    /** Tensors that are missing in the same cases are told in one sentence. */
    private static Map<List<String>, List<String>> tensorsByCases(SortedMap<MathTensor, List<String>> casesByTensor) {
        Map<List<String>, List<String>> tensors = new LinkedHashMap<>();
        casesByTensor.forEach(
                (tensor, names) -> tensors.computeIfAbsent(names, _ -> new ArrayList<>()).add(tensor.label()));
        return tensors;
    }
}
