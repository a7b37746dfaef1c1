package rwkvms.parity;

import static org.assertj.core.api.Assertions.assertThat;

import io.qameta.allure.Allure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import rwkvms.comparison.TensorComparer;
import rwkvms.comparison.Tolerance;
import rwkvms.fixtures.Fixture;
import rwkvms.golden.GoldenCase;
import rwkvms.math.MathTensor;
import rwkvms.math.Stage;
import rwkvms.report.AllureReport;
import rwkvms.report.ErrorPlot;
import rwkvms.report.Page;
import rwkvms.report.TensorError;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Tensor;

/**
 * Every value of PyTorch, the reference and the C++ runtime lies within the derived bound of its float32 error, for each stage
 * alone and from the start (docs/error-budget.md).
 */
final class ErrorBudgetTests {
    private static final Path DOCUMENT = Cases.ROOT.resolve("docs/error-budget.md");
    /** Ten thousand times finer than 1e-5. ND4J keeps the floors of norms in float32 and has no threshold in softplus. */
    private static final Tolerance DOUBLE = new Tolerance(1e-9, 1e-9);
    private static final Map<String, BudgetFigures> FIGURES = new LinkedHashMap<>();

    private static synchronized BudgetFigures figures(GoldenCase golden) throws NotEvaluatedException {
        BudgetFigures known = FIGURES.get(golden.name());
        if (known == null) {
            known = new BudgetFigures(golden);
            FIGURES.put(golden.name(), known);
        }
        return known;
    }

    @TestFactory
    Stream<DynamicTest> everyValueIsWithinItsBound() {
        return Cases.all().stream().map(golden -> DynamicTest.dynamicTest(golden.name(), () -> {
            BudgetFigures figures = figures(golden);
            attach(figures);
            assertThat(figures.rows()).containsOnlyKeys(Stage.values());
            assertThat(figures.beyond()).isEmpty();
        }));
    }

    /** An error of half the tolerance passes the gate, but not the budget. */
    @Test
    void aValueBeyondItsBoundIsNamed() throws NotEvaluatedException {
        GoldenCase golden = Cases.committed("single-token");
        Tensor decay = golden.fixture().expected(MathTensor.W_DECAY).orElseThrow();
        double[] values = decay.toDoubles();
        values[5] += 5e-6;
        GoldenCase moved = with(golden, MathTensor.W_DECAY, Tensor.ofRounded(decay.shape(), values));
        assertThat(new BudgetFigures(moved).beyond()).allMatch(beyond -> beyond.startsWith("single-token, PyTorch, "))
                .anyMatch(beyond -> beyond.startsWith("single-token, PyTorch, stage alone, w_decay[0, 0, 0, 5]: "))
                .anyMatch(beyond -> beyond.startsWith("single-token, PyTorch, stage alone, final_state["))
                .anyMatch(
                        beyond -> beyond.startsWith("single-token, PyTorch, from the start, w_decay[0, 0, 0, 5]: "));
    }

    private static GoldenCase with(GoldenCase golden, MathTensor name, Tensor tensor) {
        Fixture f = golden.fixture();
        SequencedMap<String, Tensor> expected = new LinkedHashMap<>(f.expected());
        expected.put(name.label(), tensor);
        return new GoldenCase(golden.name(), golden.fixtureFile(), f.withExpected(expected), golden.sidecar(),
                golden.base());
    }

    private static void attach(BudgetFigures figures) {
        BudgetTable table = new BudgetTable(List.of(figures));
        List<TensorError> bars = figures.rows().values().stream()
                .flatMap(row -> row.own().entrySet().stream().map(own -> new TensorError(
                        row.stage().label() + ", " + own.getKey(), own.getValue(), Math.max(row.likely(),
                                Double.MIN_NORMAL),
                        own.getValue() <= row.likely())))
                .toList();
        AllureReport.ofTest()
                .description("<p>Errors and bounds of each stage alone, relative to the tolerance: the bar is"
                        + " what was observed, the mark its likely bound.</p>" + ErrorPlot.byTensor(bars)
                        + Page.table(table.own()) + "<p>From the start:</p>" + Page.table(table.total()) + "<p>"
                        + (figures.aboveTolerance().isEmpty()
                                ? "No stage's likely bound is above the tolerance."
                                : "ABOVE THE TOLERANCE is the likely bound of: "
                                        + String.join("; ", figures.aboveTolerance()))
                        + "</p>");
    }

    /** The exact values of the budget equal those of another implementation in float64. */
    @TestFactory
    Stream<DynamicTest> truthIsThatOfTheOracle() {
        return Cases.all().stream().map(golden -> DynamicTest.dynamicTest(golden.name(), () -> {
            TensorSet truth = BudgetFigures.truth(golden);
            TensorSet oracle = only(truth, Cases.run(golden, ParityRuntimes.oracle()));
            for (MathTensor name : truth.names()) {
                var comparison = new TensorComparer(DOUBLE).compare(name, oracle.get(name), truth.get(name));
                assertThat(comparison.passed()).as(comparison.toString()).isTrue();
            }
        }));
    }

    private static TensorSet only(TensorSet names, TensorSet all) {
        Map<MathTensor, Tensor> some = new EnumMap<>(MathTensor.class);
        names.names().forEach(name -> some.put(name, all.get(name)));
        return TensorSet.of(some);
    }

    @Test
    void documentHasTheseFigures() throws IOException, NotEvaluatedException {
        Map<String, BudgetFigures> committed = new LinkedHashMap<>();
        for (GoldenCase golden : Cases.committed()) {
            committed.put(golden.name(), figures(golden));
        }
        String figures = new BudgetTable(committed.values()).markdown();
        Path fresh = Path.of("target", "error-budget-figures.md");
        Files.writeString(fresh, figures);
        Allure.addAttachment("error budget", "text/markdown", figures, ".md");
        String document = Files.readString(DOCUMENT);
        int begin = document.indexOf(BudgetTable.BEGIN) + BudgetTable.BEGIN.length();
        String written = document.substring(begin, document.indexOf(BudgetTable.END));
        assertThat(BudgetTable.withoutMeasured(written))
                .as("the figures in %s; those of this run are in %s", DOCUMENT, fresh.toAbsolutePath())
                .isEqualTo(BudgetTable.withoutMeasured(figures));
    }
}
