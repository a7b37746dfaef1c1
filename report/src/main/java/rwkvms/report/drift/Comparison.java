package rwkvms.report.drift;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import rwkvms.math.MathTensor;
import rwkvms.math.Stage;

/**
 * What has changed from one run to a later one.
 *
 * @param tensors      judged in both runs, by runtime and in dataflow order
 * @param losses       what the earlier run judged and the later one does not
 * @param gains        what the later run judges and the earlier one did not
 * @param failures     what passed in the earlier run and fails in the later one
 * @param incomparable cases judged in both runs, but of other inputs
 * @param changes      of libraries, inputs, versions and the machine
 */
public record Comparison(List<TensorChange> tensors, List<Sentence> losses, List<Sentence> gains,
        List<Sentence> failures, List<Sentence> incomparable, List<Change> changes, Baseline before, Baseline after) {
    public Comparison {
        tensors = List.copyOf(tensors);
        losses = List.copyOf(losses);
        gains = List.copyOf(gains);
        failures = List.copyOf(failures);
        incomparable = List.copyOf(incomparable);
        changes = List.copyOf(changes);
    }

    /** Compares a run with an earlier one. */
    public static Comparison of(Baseline before, Baseline after) {
        List<TensorChange> tensors = new ArrayList<>();
        List<Sentence> failures = new ArrayList<>();
        List<Sentence> incomparable = new ArrayList<>();
        before.runtimes().forEach((runtime, cases) -> {
            DriftRule rule = DriftRule.of(runtime, before.provenance(), after.provenance());
            SortedMap<MathTensor, List<CaseChange>> byTensor = new TreeMap<>();
            List<String> failed = new ArrayList<>();
            List<String> changed = new ArrayList<>();
            cases.forEach((name, then) -> after.judged(runtime, name).ifPresent(now -> {
                if (then.passed() && !now.passed()) {
                    failed.add(name);
                }
                if (!Change.inputs(before.provenance(), name).equals(Change.inputs(after.provenance(), name))) {
                    changed.add(name);
                    return;
                }
                then.tensors().forEach((tensor, measured) -> {
                    Measured later = now.tensors().get(tensor);
                    if (later != null) {
                        byTensor.computeIfAbsent(tensor, _ -> new ArrayList<>())
                                .add(new CaseChange(name, measured, later, rule));
                    }
                });
            }));
            byTensor.forEach((tensor, all) -> tensors.add(new TensorChange(runtime, tensor, all)));
            add(failures, runtime, failed, "passed before, FAILED now");
            add(incomparable, runtime, changed, "the inputs are others than before");
        });
        return new Comparison(tensors, Losses.of(before, after), Losses.of(after, before), failures, incomparable,
                Change.between(before.provenance(), after.provenance()), before, after);
    }

    private static void add(List<Sentence> sentences, String runtime, List<String> cases, String what) {
        if (!cases.isEmpty()) {
            sentences.add(new Sentence(runtime,
                    Names.count(cases.size(), "case") + ": " + Names.some(cases) + ": " + what));
        }
    }

    /** The tensors by runtime and stage, in that order. */
    public List<StageChange> stages() {
        SortedMap<String, SortedMap<Stage, List<TensorChange>>> groups = new TreeMap<>();
        tensors.forEach(each -> groups.computeIfAbsent(each.runtime(), _ -> new TreeMap<>())
                .computeIfAbsent(each.stage(), _ -> new ArrayList<>()).add(each));
        List<StageChange> stages = new ArrayList<>();
        groups.forEach((runtime, byStage) -> byStage
                .forEach((stage, all) -> stages.add(new StageChange(runtime, stage, all))));
        return stages;
    }

    /** The tensors whose error has grown. */
    public List<TensorChange> drifted() {
        return tensors.stream().filter(each -> each.accuracy() == Accuracy.WORSE).toList();
    }

    /** How accurate the later run is as a whole. */
    public Accuracy accuracy() {
        return Accuracy.of(tensors.stream().map(TensorChange::accuracy).toList());
    }

    /** Where the runtimes that both runs know computed, if the later run says so. */
    public String device() {
        return after.provenance().getOrDefault("device", before.provenance().getOrDefault("device", "not stated"));
    }

    /** The runtimes of the earlier run, with the number of cases that both runs judged with the same inputs. */
    public Map<String, Integer> runtimes() {
        SortedMap<String, Integer> counts = new TreeMap<>();
        before.runtimes().keySet().forEach(runtime -> counts.put(runtime, 0));
        tensors.forEach(each -> counts.merge(each.runtime(), each.cases().size(), Math::max));
        return counts;
    }
}
