package rwkvms.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import rwkvms.comparison.Divergence;
import rwkvms.comparison.TensorComparison;
import rwkvms.comparison.Tolerance;
import rwkvms.diagnosis.Diagnosis;
import rwkvms.diagnosis.Grain;
import rwkvms.golden.CaseNotEvaluated;
import rwkvms.golden.CheckResult;

/**
 * What {@code gate check} adds to its verdict: cases, tensors and the first divergence.
 *
 * @param runtimes names of the runtimes asked for, whether they could be opened or not
 * @param cases    in the order of the run
 * @param diagnoses what the failures of each runtime have in common
 * @param sections  what is said beside the cases
 */
public record CheckDetails(List<String> runtimes, Tolerance tolerance, List<CheckedCase> cases,
        List<Diagnosis> diagnoses, List<Section> sections) implements Details {
    private static final String SUITE = "gate check";

    public CheckDetails {
        runtimes = List.copyOf(runtimes);
        cases = List.copyOf(cases);
        diagnoses = List.copyOf(diagnoses);
        sections = List.copyOf(sections);
    }

    public CheckDetails(List<String> runtimes, Tolerance tolerance, List<CheckedCase> cases) {
        this(runtimes, tolerance, cases, List.of(), List.of());
    }

    /** Returns a copy with another section. */
    public CheckDetails with(Section section) {
        List<Section> all = new ArrayList<>(sections);
        all.add(section);
        return new CheckDetails(runtimes, tolerance, cases, diagnoses, all);
    }

    /** Returns the verdict on the cases, with what could not be judged. */
    public Verdict verdict(List<Obstacle> errors, Provenance provenance, String reproduce) {
        List<Entry> entries = new ArrayList<>(cases.stream().map(each -> each.entry(provenance)).toList());
        List<Obstacle> obstacles = new ArrayList<>(errors);
        sections.forEach(section -> {
            entries.addAll(section.entries());
            obstacles.addAll(section.obstacles());
        });
        return new Verdict(SUITE, entries, obstacles, provenance, reproduce, this);
    }

    public List<CheckResult> results() {
        return cases.stream().map(CheckedCase::result).filter(CheckResult.class::isInstance)
                .map(CheckResult.class::cast).toList();
    }

    public List<CaseNotEvaluated> notEvaluated() {
        return cases.stream().map(CheckedCase::result).filter(CaseNotEvaluated.class::isInstance)
                .map(CaseNotEvaluated.class::cast).toList();
    }

    /** The results that say little, whether they passed or not. */
    public List<CheckResult> mistrusted() {
        return results().stream().filter(result -> !result.mistrusted().isEmpty()).toList();
    }

    /** Tensors compared. */
    public int compared() {
        return results().stream().mapToInt(result -> result.comparisons().size()).sum();
    }

    /** Tensors that should have been compared. */
    public int expected() {
        return results().stream().mapToInt(CheckResult::expected).sum();
    }

    public long values() {
        return results().stream().mapToLong(CheckResult::values).sum();
    }

    /** Values beyond the tolerance that were judged at what float32 can know of them. */
    public long beyondTolerance() {
        return results().stream().mapToLong(CheckResult::beyondTolerance).sum();
    }

    /** Values not judged, because float32 knows next to nothing of them. */
    public long unknowable() {
        return results().stream().mapToLong(CheckResult::unknowable).sum();
    }

    /** How many values were judged, and how: all at the tolerance as a rule. */
    public String valuesJudged() {
        return values() + " values"
                + (beyondTolerance() > 0 ? ", " + beyondTolerance() + " of them at what float32 can know" : "")
                + (unknowable() > 0 ? ", " + unknowable() + " more not judged, which it cannot know" : "");
    }

    /** Whether every judged fixture had its sidecar. */
    public boolean withWeights() {
        return !results().isEmpty() && results().stream().allMatch(CheckResult::withWeights);
    }

    /** The tensor with the largest absolute difference of all. */
    public Optional<TensorComparison> worst() {
        return results().stream().flatMap(result -> result.worst().stream())
                .max(Comparator.comparingDouble(TensorComparison::maxAbsDiff));
    }

    /** The same for people: top-k that chose another slot is no number. */
    public Optional<TensorComparison> worstShown() {
        return Figures.worst(results().stream().flatMap(result -> result.comparisons().stream()));
    }

    /** The first divergence of the result that differs earliest in the order of computation. */
    public Optional<Divergence> firstDivergence() {
        return results().stream().min(Grain.FINEST_FIRST).flatMap(CheckResult::firstDivergence);
    }

    /** How near a device came, by size of microbatch; empty if none was asked for. */
    public Optional<DeviceTable> deviceTable() {
        return DeviceTable.of(cases);
    }

    @Override
    public String html() {
        return DiagnosisReport.html(diagnoses) + deviceTable().map(DeviceTable::html).orElse("")
                + sections.stream().map(Section::html).collect(Collectors.joining());
    }

    @Override
    public List<String> summary() {
        return DiagnosisReport.lines(diagnoses);
    }

    @Override
    public void write(ObjectNode json, boolean everyTensor) {
        json.put("compared", compared()).put("expected", expected()).put("values", values())
                .put("beyond_tolerance", beyondTolerance()).put("unknowable", unknowable())
                .put("sidecar", withWeights()).put("runtime", String.join(",", runtimes))
                .put("max_abs_diff", worst().map(TensorComparison::maxAbsDiff).orElse(null))
                .put("max_abs_diff_tensor", worst().map(worst -> worst.tensor().label()).orElse(null));
        writeDivergence(json, firstDivergence());
        DiagnosisReport.write(json, diagnoses);
        FailureGroup.write(json.putArray("failure_groups"),
                cases.stream().map(each -> each.entry(Provenance.NONE)).filter(Entry::failed).toList());
        json.put("rtol", tolerance.rtol()).put("atol", tolerance.atol());
        ArrayNode doubtful = json.putArray("mistrusted");
        for (CheckResult result : mistrusted()) {
            result.mistrusted()
                    .forEach(reason -> doubtful.add(result.caseName() + " on " + result.runtime() + ": " + reason));
        }
        ArrayNode all = json.putArray("cases");
        for (CheckedCase each : cases) {
            if (each.result() instanceof CheckResult result) {
                writeCase(all.addObject(), result, each.reproduce(), everyTensor);
            }
        }
        deviceTable().ifPresent(table -> table.write(json.putArray("device_table")));
        sections.forEach(section -> section.write(json.putObject(section.key())));
        ArrayNode missed = json.putArray("not_evaluated");
        notEvaluated().forEach(each -> missed.addObject().put("case", each.caseName()).put("runtime", each.runtime())
                .put("reason", each.reason()));
    }

    private static void writeDivergence(ObjectNode json, Optional<Divergence> divergence) {
        if (divergence.isEmpty()) {
            json.putNull("first_divergence");
            return;
        }
        Divergence first = divergence.get();
        json.putObject("first_divergence").put("stage", first.stage().label()).put("tensor", first.tensor().label())
                .putRawValue("index", new RawValue(first.index()))
                .put("token", first.token() < 0 ? null : (Integer) first.token()).put("layer", first.layer())
                .put("expected", first.expected()).put("actual", first.actual());
    }

    private static void writeCase(ObjectNode json, CheckResult result, String reproduce, boolean everyTensor) {
        boolean any = !result.comparisons().isEmpty();
        json.put("case", result.caseName()).put("runtime", result.runtime()).put("ok", result.ok())
                .put("compared", result.comparisons().size()).put("expected", result.expected())
                .put("values", result.values()).put("beyond_tolerance", result.beyondTolerance())
                .put("unknowable", result.unknowable()).put("sidecar", result.withWeights())
                .put("max_abs_diff", any ? (Double) result.maxAbsDiff() : null)
                .put("max_of_limit", any ? (Double) result.maxRatio() : null);
        writeDivergence(json, result.firstDivergence());
        result.errors().forEach(json.putArray("errors")::add);
        result.mistrusted().forEach(json.putArray("mistrusted")::add);
        result.notes().forEach(json.putArray("notes")::add);
        json.put("reproduce", reproduce);
        if (everyTensor) {
            ArrayNode tensors = json.putArray("tensors");
            result.comparisons().forEach(tensor -> writeTensor(tensors.addObject(), tensor));
        }
    }

    private static void writeTensor(ObjectNode json, TensorComparison tensor) {
        json.put("tensor", tensor.tensor().label()).put("ok", tensor.passed()).put("values", tensor.elements())
                .put("not_judged", tensor.notJudged()).put("max_abs_diff", tensor.maxAbsDiff())
                .put("max_rel_diff", tensor.maxRelDiff()).put("max_ulp", tensor.maxUlp())
                .put("max_of_limit", tensor.maxRatio()).put("over_tolerance", tensor.over())
                .put("nmse", tensor.nmse()).put("scale", tensor.scale())
                .put("beyond_tolerance", tensor.known().within())
                .put("limit_of_tolerance", tensor.known().times()).put("unknowable", tensor.known().unknowable());
    }

    /** Lists what did not pass, then all results in a table. */
    @Override
    public String markdown(Verdict verdict) {
        StringBuilder text = new StringBuilder("# RWKV-MS gate: " + verdict.state().word() + "\n\n" + compared()
                + " of "
                + expected() + " tensors compared, " + valuesJudged() + worstShown().map(worst -> ", max abs diff "
                        + CheckReport.number(worst.maxAbsDiff()) + " (" + worst.tensor().label() + ")").orElse("")
                + "\n\n    " + MarkdownSummary.oneLine(verdict.reproduce()) + "\n\n");
        text.append(DiagnosisReport.markdown(diagnoses));
        deviceTable().ifPresent(table -> text.append(table.markdown()));
        sections.forEach(section -> text.append(section.markdown()));
        verdict.errors()
                .forEach(error -> item(text, MarkdownSummary.word(TestCase.Status.NOT_JUDGED), error.message()));
        mistrusted().forEach(result -> item(text, "mistrusted", result.caseName() + " on " + result.runtime() + ": "
                + String.join("; ", result.mistrusted())));
        for (FailureGroup group : FailureGroup.of(verdict.failed())) {
            Entry first = group.first();
            boolean alone = group.entries().size() == 1;
            item(text, MarkdownSummary.word(TestCase.Status.FAILED),
                    (alone ? "" : group.what() + ", such as ") + first.name() + ": " + first.message());
            text.append("\n      ").append(MarkdownSummary.oneLine(first.reproduce())).append("\n\n");
            if (!alone) {
                text.append("  The others: ").append(MarkdownSummary.escaped(group.others())).append("\n\n");
            }
        }
        verdict.notEvaluated().forEach(entry -> item(text, MarkdownSummary.word(TestCase.Status.NOT_EVALUATED),
                entry.name() + ": " + entry.message()));
        text.append('\n');
        if (!results().isEmpty()) {
            text.append(
                    "| case | runtime | verdict | tensors | max abs diff | of tolerance |\n|---|---|---|---|---|---|\n");
            results().forEach(result -> text.append(row(result)));
        }
        return text.toString();
    }

    private static void item(StringBuilder text, String word, String message) {
        text.append("- ").append(word).append(": ").append(MarkdownSummary.escaped(message)).append('\n');
    }

    private static String row(CheckResult result) {
        boolean any = !result.comparisons().isEmpty();
        return "| " + String.join(" | ", MarkdownSummary.escaped(result.caseName()),
                MarkdownSummary.escaped(result.runtime()),
                MarkdownSummary.word(result.ok() ? TestCase.Status.PASSED : TestCase.Status.FAILED)
                        + (result.mistrusted().isEmpty() ? "" : ", mistrusted"),
                Figures.tensors(result, ""),
                any
                        ? CheckReport.number(Figures.worst(result.comparisons().stream()).orElseThrow().maxAbsDiff())
                        : "none",
                any ? CheckReport.percent(result.maxRatio()) : "none") + " |\n";
    }
}
