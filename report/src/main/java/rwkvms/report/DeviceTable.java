package rwkvms.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import rwkvms.comparison.Divergence;
import rwkvms.comparison.TensorComparison;
import rwkvms.golden.Calls;
import rwkvms.golden.CheckResult;
import rwkvms.math.Stage;

/**
 * How near a device comes to the fixtures, by size of microbatch and stage.
 *
 * @param runtime with its device
 * @param rows    in ascending order of size
 */
public record DeviceTable(String runtime, List<Row> rows) {
    public DeviceTable {
        rows = List.copyOf(rows);
    }

    /**
     * One size.
     *
     * @param cases  judged
     * @param failed those that do not hold: a tensor is beyond its limits, or was not given
     * @param first  what fails first in the order of stages, with its case; empty if nothing does
     */
    public record Row(int tokens, int cases, List<String> failed, List<Cell> cells, Optional<String> first) {
        public Row {
            failed = List.copyOf(failed);
            cells = List.copyOf(cells);
        }

        public boolean holds() {
            return failed.isEmpty();
        }
    }

    /**
     * One stage at one size.
     *
     * @param maxOfLimit     largest difference of all cases relative to its limit
     * @param where          its tensor and case
     * @param failed         how many cases do not hold in this stage
     * @param heldMaxOfLimit the same of the cases that hold; NaN if none does
     */
    public record Cell(Stage stage, double maxOfLimit, String where, long failed, double heldMaxOfLimit) {
        public boolean holds() {
            return failed == 0;
        }
    }

    /** One stage of one case at one size. */
    private record Share(double maxOfLimit, String where, boolean held) {
    }

    /** Returns the table of those cases that were run in microbatches; empty if none was judged. */
    public static Optional<DeviceTable> of(List<CheckedCase> cases) {
        List<CheckedCase> judged = cases.stream()
                .filter(each -> each.microbatch().isPresent() && each.result() instanceof CheckResult).toList();
        List<Row> rows = judged.stream().mapToInt(each -> each.microbatch().getAsInt()).distinct().sorted()
                .mapToObj(size -> row(size, judged.stream().filter(each -> each.microbatch().getAsInt() == size)
                        .map(each -> (CheckResult) each.result()).toList()))
                .toList();
        return rows.isEmpty() ? Optional.empty() : Optional.of(new DeviceTable(runtimes(judged), rows));
    }

    private static String runtimes(List<CheckedCase> judged) {
        return String.join(",", judged.stream().map(each -> each.result().runtime()).distinct().toList());
    }

    private static Row row(int tokens, List<CheckResult> results) {
        List<Cell> cells = new ArrayList<>();
        for (Stage stage : Stage.values()) {
            List<Share> shares = results.stream().flatMap(result -> share(result, stage, tokens).stream()).toList();
            if (!shares.isEmpty()) {
                cells.add(cell(stage, shares));
            }
        }
        List<CheckResult> failed = results.stream().filter(result -> !result.ok()).toList();
        return new Row(tokens, results.size(), failed.stream().map(result -> name(result, tokens)).toList(), cells,
                first(failed).map(result -> why(result) + " (" + name(result, tokens) + ")"));
    }

    /** The case's name without the size. */
    private static String name(CheckResult result, int tokens) {
        return result.caseName().replace(Calls.microbatches(tokens).of(""), "");
    }

    private static Optional<Share> share(CheckResult result, Stage stage, int tokens) {
        List<TensorComparison> tensors = result.comparisons().stream()
                .filter(each -> each.tensor().stage().orElseThrow() == stage).toList();
        boolean held = tensors.stream().allMatch(TensorComparison::passed);
        return tensors.stream().max(Comparator.comparing((TensorComparison each) -> !each.passed())
                .thenComparingDouble(TensorComparison::maxRatio)).map(
                        worst -> new Share(worst.maxRatio(), worst.tensor().label() + " of " + name(result, tokens),
                                held));
    }

    private static Cell cell(Stage stage, List<Share> shares) {
        Share worst = Collections.max(shares, Comparator.comparing((Share share) -> !share.held)
                .thenComparingDouble(Share::maxOfLimit));
        return new Cell(stage, worst.maxOfLimit, worst.where, shares.stream().filter(share -> !share.held).count(),
                shares.stream().filter(Share::held).mapToDouble(Share::maxOfLimit).max().orElse(Double.NaN));
    }

    /** What fails first in the order of stages; a case that gave nothing to compare comes before all. */
    private static Optional<CheckResult> first(List<CheckResult> failed) {
        return failed.stream().filter(result -> result.firstDivergence().isEmpty()).findFirst().or(() -> failed.stream()
                .min(Comparator.comparing(result -> result.firstDivergence().orElseThrow().stage())));
    }

    private static String why(CheckResult result) {
        return result.firstDivergence().map(Divergence::toString).orElseGet(() -> String.join("; ", result.errors()));
    }

    /** The sizes that hold, in words. */
    public String sizes() {
        List<String> holding = rows.stream().filter(Row::holds).map(row -> String.valueOf(row.tokens)).toList();
        return holding.isEmpty()
                ? "no size of microbatch holds"
                : "microbatches of " + String.join(", ", holding) + " hold";
    }

    /** Header and rows as texts; what does not hold is marked. */
    public List<List<String>> texts() {
        List<List<String>> texts = new ArrayList<>();
        List<String> header = new ArrayList<>(List.of("tokens"));
        Stream.of(Stage.values()).map(Stage::label).forEach(header::add);
        header.add("cases that hold");
        texts.add(header);
        for (Row row : rows) {
            List<String> line = new ArrayList<>(List.of(String.valueOf(row.tokens)));
            for (Stage stage : Stage.values()) {
                line.add(row.cells.stream().filter(cell -> cell.stage == stage).findFirst().map(DeviceTable::text)
                        .orElse("none"));
            }
            line.add(row.cases - row.failed.size() + " of " + row.cases);
            texts.add(line);
        }
        return texts;
    }

    private static String text(Cell cell) {
        String failed = cell.failed + " FAILED: " + CheckReport.percent(cell.maxOfLimit);
        return cell.holds()
                ? CheckReport.percent(cell.maxOfLimit)
                : Double.isNaN(cell.heldMaxOfLimit)
                        ? failed
                        : CheckReport.percent(cell.heldMaxOfLimit) + ", " + failed;
    }

    void write(ArrayNode json) {
        for (Row row : rows) {
            ObjectNode out = json.addObject().put("runtime", runtime).put("microbatch", row.tokens)
                    .put("ok", row.holds()).put("cases", row.cases).put("first", row.first.orElse(null));
            row.failed.forEach(out.putArray("failed")::add);
            ObjectNode stages = out.putObject("stages");
            row.cells.forEach(cell -> stages.putObject(cell.stage.label()).put("ok", cell.holds())
                    .put("max_of_limit", cell.maxOfLimit).put("where", cell.where).put("failed", cell.failed)
                    .put("held_max_of_limit", cell.heldMaxOfLimit));
        }
    }

    String markdown() {
        StringBuilder text = new StringBuilder(
                "\n## " + runtime + ": largest share of the tolerance\n\n" + sizes() + "\n\n");
        List<List<String>> lines = texts();
        text.append(line(lines.getFirst())).append("|---".repeat(lines.getFirst().size())).append("|\n");
        lines.stream().skip(1).forEach(each -> text.append(line(each)));
        rows.forEach(row -> row.first.ifPresent(first -> text.append("\n- at ").append(row.tokens)
                .append(", first: ").append(MarkdownSummary.escaped(first)).append('\n')));
        return text.append('\n').toString();
    }

    private static String line(List<String> texts) {
        return "| " + String.join(" | ", texts) + " |\n";
    }

    String html() {
        StringBuilder html = new StringBuilder("<h2>" + CheckReport.escape(runtime)
                + ": largest share of the tolerance</h2>\n<p>" + sizes() + "</p>\n" + Page.table(texts()) + "\n");
        rows.forEach(row -> row.first.ifPresent(first -> html.append("<p>At ").append(row.tokens).append(", first: ")
                .append(CheckReport.escape(first)).append("</p>\n")));
        return html.toString();
    }
}
