package rwkvms.parity;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import rwkvms.math.Stage;

/** The error budgets of many cases by size and stage, as the table of docs/error-budget.md and of the report. */
final class BudgetTable {
    /** From here on only the magnitude is shown. */
    private static final double MANY = 1e6;
    static final String BEGIN = "<!-- figures -->\n";
    static final String END = "<!-- end of figures -->\n";
    private static final List<String> HEADER = List.of("sizes", "stage", "bound, certain", "bound, likely",
            "headroom", "PyTorch", "reference", "C++");

    private final Map<String, Map<Stage, BudgetFigures.Row>> bySize = new TreeMap<>();
    private final List<String> above = new ArrayList<>();

    BudgetTable(Collection<BudgetFigures> cases) {
        for (BudgetFigures figures : cases) {
            Map<Stage, BudgetFigures.Row> rows = bySize.computeIfAbsent(figures.size(),
                    size -> new EnumMap<>(Stage.class));
            figures.rows().forEach((stage, row) -> rows.merge(stage, row, BudgetFigures.Row::and));
            above.addAll(figures.aboveTolerance());
        }
    }

    /** The text between {@link #BEGIN} and {@link #END} in the document. */
    String markdown() {
        StringBuilder text = new StringBuilder("The error of each stage alone, from exact input:\n\n");
        appendTable(text, own());
        text.append("\nThe error from a case's inputs to the end of the stage, earlier stages included:\n\n");
        appendTable(text, total());
        text.append("\n**Above the tolerance** are the likely bounds of ").append(above.size())
                .append(" stages; no runtime comes near these bounds: ").append(String.join("; ", above)).append(".\n");
        return text.toString();
    }

    List<List<String>> own() {
        List<List<String>> rows = new ArrayList<>(List.of(HEADER));
        bySize.forEach((size, stages) -> stages.values().forEach(row -> rows.add(List.of(size, row.stage().label(),
                percent(row.certain()), percent(row.likely()), headroom(row.likely()),
                used(row.own(), BudgetFigures.PYTORCH), used(row.own(), BudgetFigures.REFERENCE),
                used(row.own(), BudgetFigures.CPP)))));
        return rows;
    }

    List<List<String>> total() {
        List<List<String>> rows = new ArrayList<>(
                List.of(List.of("sizes", "stage", "bound, likely", "PyTorch", "reference", "C++")));
        bySize.forEach((size, stages) -> stages.values()
                .forEach(row -> rows.add(List.of(size, row.stage().label(), percent(row.reached()),
                        used(row.total(), BudgetFigures.PYTORCH), used(row.total(), BudgetFigures.REFERENCE),
                        used(row.total(), BudgetFigures.CPP)))));
        return rows;
    }

    /**
     * A table without its last column, the errors of the C++ runtime, which depend on the machine: ggml adds in another order
     * on another CPU.
     */
    static String withoutMeasured(String markdown) {
        return markdown.replaceAll("(?m)\\| [^|\\n]* \\|$", "|");
    }

    private static void appendTable(StringBuilder text, List<List<String>> rows) {
        text.append("| ").append(String.join(" | ", rows.getFirst())).append(" |\n");
        text.append("|---".repeat(rows.getFirst().size())).append("|\n");
        for (List<String> row : rows.subList(1, rows.size())) {
            text.append("| ").append(String.join(" | ", row)).append(" |\n");
        }
    }

    private static String used(Map<String, Double> byRun, String run) {
        return byRun.containsKey(run) ? percent(byRun.get(run)) : "not evaluated";
    }

    /** The tolerance divided by the bound, or NONE for a bound above the tolerance. */
    private static String headroom(double bound) {
        if (bound > 1) {
            return "**NONE**";
        }
        double times = 1 / bound;
        return bound == 0 ? "all" : String.format(Locale.ROOT, times < MANY ? "%.1f times" : "%.0e times", times);
    }

    private static String percent(double ofTolerance) {
        return String.format(Locale.ROOT, ofTolerance < 0.1 ? "%.2f %%" : "%.0f %%", 100 * ofTolerance);
    }
}
