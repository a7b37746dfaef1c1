package rwkvms.report.drift;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import rwkvms.report.Details;
import rwkvms.report.Entry;
import rwkvms.report.EntryDetails;
import rwkvms.report.MarkdownSummary;
import rwkvms.report.Obstacle;
import rwkvms.report.Outcome;
import rwkvms.report.Page;
import rwkvms.report.Section;
import rwkvms.report.Verdict;

/**
 * A {@link Comparison} in every form of a verdict.
 *
 * @param since       the file that the run is compared with, as it was named
 * @param failOnDrift whether an error that has grown is a failure
 * @param complete    whether nothing kept the later run from judging; if something did, what it lacks is not lost but not judged
 */
public record ComparisonReport(Comparison comparison, String since, boolean failOnDrift,
        boolean complete) implements Section, Details {
    private static final String KEY = "comparison";
    private static final String LOST = "judged before, not now: ";
    private static final String CUT_SHORT = "this run could not judge everything: ";
    private static final String NO_SCALE = "neither run has the scale of the tensors, which older gates did not write";
    /** From this multiple of a limit on, only the magnitude matters. */
    private static final double MANY = 100;

    @Override
    public String key() {
        return KEY;
    }

    /** Returns one entry for the coverage of each runtime, one for each of its stages, and one for each thing that is worse. */
    @Override
    public List<Entry> entries() {
        List<Entry> entries = new ArrayList<>();
        comparison.runtimes().forEach((runtime, cases) -> {
            entries.add(new Entry(runtime + ": coverage since the baseline",
                    coverage(runtime),
                    List.of(Names.count(cases, "case") + " in both"), "", "", EntryDetails.NONE));
            comparison.stages().stream().filter(stage -> stage.runtime().equals(runtime)).forEach(
                    stage -> entries.add(new Entry(runtime + ": accuracy of " + stage.stage().label(), outcome(stage),
                            facts(stage), "", "", EntryDetails.NONE)));
        });
        lost("").forEach(loss -> entries.add(new Entry("tolerance", new Outcome.Failed(loss.message()))));
        comparison.incomparable().forEach(each -> entries.add(new Entry(each.runtime() + ": other inputs",
                new Outcome.NotEvaluated(each.message()))));
        return entries;
    }

    /** Returns one entry for the cases of each runtime that passed before and fail now; a check has entries of its own for these. */
    public List<Entry> failures() {
        return comparison.failures().stream()
                .map(each -> new Entry(each.runtime() + ": verdicts", new Outcome.Failed(each.message()))).toList();
    }

    /** What keeps drift from being judged although it should fail. */
    @Override
    public List<Obstacle> obstacles() {
        if (!failOnDrift) {
            return List.of();
        }
        if (comparison.tensors().isEmpty()) {
            return List.of(new Obstacle("drift", "--fail-on-drift: expected a case that both runs judged with the same"
                    + " inputs, found none"));
        }
        return notJudged().map(why -> new Obstacle("drift", "--fail-on-drift: not judged: " + why)).toList();
    }

    /** Why the accuracy of some tensors is not judged. */
    private Stream<String> notJudged() {
        return comparison.tensors().stream().filter(each -> each.accuracy() == Accuracy.NOT_JUDGED)
                .map(each -> each.runtime() + ": " + why(each.rule())).distinct();
    }

    private static String why(DriftRule rule) {
        return rule.judges() ? NO_SCALE : rule.refusal();
    }

    private Stream<Sentence> lost(String runtime) {
        return comparison.losses().stream().filter(loss -> loss.runtime().equals(runtime));
    }

    private Outcome coverage(String runtime) {
        List<String> lost = lost(runtime).map(loss -> LOST + loss.message()).toList();
        return complete || lost.isEmpty()
                ? Outcome.of(lost)
                : new Outcome.NotEvaluated(CUT_SHORT + String.join("; ", lost));
    }

    private Outcome outcome(StageChange stage) {
        return switch (stage.accuracy()) {
            case NOT_JUDGED -> new Outcome.NotEvaluated(why(stage.rule()));
            case WORSE -> Outcome.of(failOnDrift ? drifts(stage) : List.of());
            case BETTER, SAME -> new Outcome.Passed();
        };
    }

    private static List<String> facts(StageChange stage) {
        List<String> facts = new ArrayList<>(List.of(stage.accuracy().word(), share(stage.worstBefore().before())
                + " of tolerance before", share(stage.worstAfter().after()) + " now"));
        facts.addAll(drifts(stage));
        return facts;
    }

    private static List<String> drifts(StageChange stage) {
        return stage.tensors().stream().filter(each -> each.accuracy() == Accuracy.WORSE)
                .map(ComparisonReport::drift).toList();
    }

    /** One sentence about a tensor whose error has grown. */
    private static String drift(TensorChange tensor) {
        CaseChange worst = tensor.worst().orElseThrow();
        int drifted = tensor.drifted().size();
        return "drift: " + tensor.tensor().label() + ": error " + ulps(worst.before()) + " before, "
                + ulps(worst.after()) + " ULP of its scale now in " + worst.caseName()
                + (drifted > 1 ? " (and in " + (drifted - 1) + " more of " + tensor.cases().size() + " cases)" : "");
    }

    /** What a reader must know, most important first: what was lost, what fails, what drifted, what could not be compared. */
    public List<String> findings() {
        List<String> findings = new ArrayList<>();
        comparison.losses().forEach(loss -> findings
                .add(loss.runtime().isEmpty()
                        ? "tolerance: " + loss.message()
                        : loss.runtime() + ": " + LOST
                                + loss.message()));
        comparison.failures().forEach(each -> findings.add(each.toString()));
        comparison.drifted()
                .forEach(each -> findings.add(each.runtime() + ": " + each.stage().label() + ", " + drift(each)));
        notJudged().forEach(why -> findings.add("drift not evaluated: " + why));
        comparison.incomparable().forEach(each -> findings.add("drift not evaluated: " + each));
        return findings;
    }

    /** What else has changed: what is judged now and was not before, libraries, versions, the machine. */
    public List<String> changes() {
        List<String> changes = new ArrayList<>();
        comparison.gains().forEach(gain -> changes.add("new: " + gain));
        comparison.changes().stream().filter(each -> !each.isInput()).forEach(each -> changes.add("changed: " + each));
        long inputs = comparison.changes().stream().filter(Change::isInput).count();
        if (inputs > 0) {
            changes.add("changed: hashes of " + Names.count(inputs, "input"));
        }
        return changes;
    }

    /** In a word, with the file. */
    public String headline() {
        return "accuracy since " + since + ": " + comparison.accuracy().word()
                + (comparison.losses().isEmpty() ? "" : complete ? ", COVERAGE LOST" : ", coverage not judged");
    }

    /** Header and one line per runtime and stage. */
    public List<List<String>> stageTable() {
        List<List<String>> lines = new ArrayList<>();
        lines.add(List.of("runtime", "device", "stage", "before", "now", "accuracy"));
        comparison.stages().forEach(stage -> lines.add(List.of(stage.runtime(), comparison.device(),
                stage.stage().label(), share(stage.worstBefore().before()) + " (" + stage.worstBefore().tensor().label()
                        + ")",
                share(stage.worstAfter().after()) + " (" + stage.worstAfter().tensor().label() + ")",
                stage.accuracy().word())));
        return lines;
    }

    /** Header and one line per runtime and tensor. */
    public List<List<String>> tensorTable() {
        List<List<String>> lines = new ArrayList<>();
        lines.add(List.of("runtime", "device", "stage", "tensor", "cases", "before", "now", "accuracy"));
        comparison.tensors().forEach(each -> lines.add(List.of(each.runtime(), comparison.device(),
                each.stage().label(), each.tensor().label(), String.valueOf(each.cases().size()), share(each.before()),
                share(each.after()), each.accuracy().word())));
        return lines;
    }

    /** The headline, a line per stage, then what there is to say. */
    @Override
    public List<String> text() {
        return text(stageTable());
    }

    /** The same with a line per tensor. */
    public List<String> textByTensor() {
        return text(tensorTable());
    }

    private List<String> text(List<List<String>> table) {
        List<String> lines = new ArrayList<>(List.of(headline()));
        lines.addAll(columns(table));
        lines.addAll(findings());
        lines.addAll(changes());
        return lines;
    }

    private static List<String> columns(List<List<String>> table) {
        List<Integer> widths = IntStream.range(0, table.getFirst().size())
                .mapToObj(column -> table.stream().mapToInt(line -> line.get(column).length()).max().orElseThrow())
                .toList();
        return table.stream().map(line -> IntStream.range(0, line.size())
                .mapToObj(column -> format("%-" + widths.get(column) + "s", line.get(column)))
                .collect(Collectors.joining("  ", "  ", "")).stripTrailing()).toList();
    }

    /** A section of a Markdown summary. */
    @Override
    public String markdown() {
        StringBuilder text = new StringBuilder(
                "## " + MarkdownSummary.escaped(headline()) + "\n\n" + table(stageTable()) + "\n");
        Stream.concat(findings().stream(), changes().stream())
                .forEach(each -> text.append("- ").append(MarkdownSummary.escaped(each)).append('\n'));
        return text.append('\n').toString();
    }

    private static String table(List<List<String>> lines) {
        return row(lines.getFirst()) + "|---".repeat(lines.getFirst().size()) + "|\n"
                + lines.stream().skip(1).map(ComparisonReport::row).collect(Collectors.joining());
    }

    private static String row(List<String> texts) {
        return texts.stream().map(MarkdownSummary::escaped).collect(Collectors.joining(" | ", "| ", " |\n"));
    }

    @Override
    public String markdown(Verdict verdict) {
        return "# " + verdict.suite() + ": " + verdict.state().word() + "\n\n    "
                + MarkdownSummary.oneLine(verdict.reproduce()) + "\n\n" + markdown() + table(tensorTable());
    }

    /** A section of a page. */
    @Override
    public String html() {
        return "<h2>" + Page.escaped(headline()) + "</h2>\n" + list(findings()) + Page.table(stageTable()) + "\n"
                + list(changes()) + "<details><summary>tensors</summary>" + Page.table(tensorTable()) + "</details>\n";
    }

    private static String list(List<String> sentences) {
        return sentences.isEmpty()
                ? ""
                : sentences.stream().map(each -> "<li>" + Page.escaped(each) + "</li>")
                        .collect(Collectors.joining("", "<ul>", "</ul>\n"));
    }

    /** Adds the keys of {@code comparison} in docs/verdict.schema.json. */
    @Override
    public void write(ObjectNode json) {
        json.put("since", since).put("accuracy", comparison.accuracy().word()).put("device", comparison.device());
        add(json.putArray("lost"), comparison.losses());
        add(json.putArray("failed"), comparison.failures());
        add(json.putArray("gained"), comparison.gains());
        add(json.putArray("not_comparable"), comparison.incomparable());
        ArrayNode drift = json.putArray("drift");
        for (TensorChange each : comparison.drifted()) {
            CaseChange worst = each.worst().orElseThrow();
            named(drift.addObject(), each).put("case", worst.caseName()).put("before_ulp", worst.before().ulps())
                    .put("after_ulp", worst.after().ulps()).put("growth", worst.growth())
                    .put("drifted_cases", each.drifted().size()).put("cases", each.cases().size());
        }
        ArrayNode stages = json.putArray("stages");
        comparison.stages().forEach(each -> stages.addObject().put("runtime", each.runtime())
                .put("stage", each.stage().label()).put("accuracy", each.accuracy().word())
                .put("before_of_limit", each.worstBefore().before()).put("after_of_limit", each.worstAfter().after()));
        ArrayNode tensors = json.putArray("tensors");
        comparison.tensors().forEach(each -> named(tensors.addObject(), each).put("accuracy", each.accuracy().word())
                .put("before_of_limit", each.before()).put("after_of_limit", each.after())
                .put("cases", each.cases().size()));
        ArrayNode changed = json.putArray("changed");
        comparison.changes().forEach(each -> changed.addObject().put("name", each.name()).put("before", each.before())
                .put("after", each.after()));
    }

    @Override
    public void write(ObjectNode json, boolean whole) {
        write(json);
    }

    private static ObjectNode named(ObjectNode json, TensorChange each) {
        return json.put("runtime", each.runtime()).put("stage", each.stage().label()).put("tensor",
                each.tensor().label());
    }

    private static void add(ArrayNode array, List<Sentence> sentences) {
        sentences.forEach(each -> array.addObject().put("runtime", each.runtime()).put("message", each.message()));
    }

    private static String ulps(Measured measured) {
        double ulps = measured.ulps();
        return Double.isInfinite(ulps) ? "infinitely many" : format(ulps < MANY ? "%.1f" : "%.3g", ulps);
    }

    /** A share of a limit; that of an integer which differs has no size. */
    private static String share(double ofLimit) {
        return Double.isInfinite(ofLimit) ? "differs" : format(ofLimit < MANY ? "%.2f %%" : "%.1e %%", 100 * ofLimit);
    }

    private static String format(String format, Object value) {
        return String.format(Locale.ROOT, format, value);
    }
}
