package rwkvms.parity;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.GoldenCase;
import rwkvms.math.MathTensor;
import rwkvms.math.Stage;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.parity.budget.Bound;
import rwkvms.parity.budget.ErrorBudget;
import rwkvms.parity.budget.Sums;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.DType;
import rwkvms.tensor.Tensor;

/** The error budget of a case, and the shares of it that its fixture, the reference and the C++ runtime use. */
final class BudgetFigures {
    static final String PYTORCH = "PyTorch";
    static final String REFERENCE = "reference";
    static final String CPP = "C++";
    private static final Tolerance TOLERANCE = Tolerance.DEFAULT;
    /** A hidden size between the small cases and the real one. */
    private static final int LONG = 1024;
    /** Between the states that a fixture's generator draws and those of a live session. */
    private static final double LARGE = 100;

    /**
     * The error budget of one stage, of one case or several, and the errors found; all figures are multiples of the tolerance.
     *
     * @param certain bound that no float32 evaluation of the stage alone exceeds
     * @param likely  bound that hardly any float32 evaluation exceeds
     * @param reached the likely bound, the errors of earlier stages included
     * @param own     by run, the largest error that the stage itself made
     * @param total   by run, the largest error from the case's inputs to the end of the stage
     */
    record Row(Stage stage, double certain, double likely, double reached, Map<String, Double> own,
            Map<String, Double> total) {
        Row and(Row other) {
            return new Row(stage, Math.max(certain, other.certain), Math.max(likely, other.likely),
                    Math.max(reached, other.reached), larger(own, other.own), larger(total, other.total));
        }

        private static Map<String, Double> larger(Map<String, Double> some, Map<String, Double> others) {
            Map<String, Double> larger = new TreeMap<>(some);
            others.forEach((run, value) -> larger.merge(run, value, Math::max));
            return larger;
        }
    }

    private final GoldenCase golden;
    private final Map<String, TensorSet> runs = new LinkedHashMap<>();
    private final Map<Stage, Row> rows = new EnumMap<>(Stage.class);
    private final List<String> beyond = new ArrayList<>();

    BudgetFigures(GoldenCase golden) throws NotEvaluatedException {
        this.golden = golden;
        runs.put(PYTORCH, TensorSet.of(Cases.recorded(golden)));
        runs.put(REFERENCE, Cases.run(golden, ParityRuntimes.named(ReferenceRuntime.NAME)));
        MemoryRuntime cpp = ParityRuntimes.named(NativeRuntime.NAME);
        if (ParityRuntimes.gap(golden, cpp).isEmpty()) {
            runs.put(CPP, Cases.run(golden, cpp));
        }
        ErrorBudget reached = ErrorBudget.fromTheStart(golden, Sums.LIKELY);
        ErrorBudget certain = ErrorBudget.ofEachStage(golden, Sums.CERTAIN, runs.get(PYTORCH));
        for (Map.Entry<String, TensorSet> run : runs.entrySet()) {
            ErrorBudget likely = ErrorBudget.ofEachStage(golden, Sums.LIKELY, run.getValue());
            for (MathTensor name : judged()) {
                Tensor found = run.getValue().get(name);
                double own = used(run.getKey() + ", stage alone", name, found, likely.bounds(name));
                double total = used(run.getKey() + ", from the start", name, found, reached.bounds(name));
                rows.merge(name.stage().orElseThrow(),
                        new Row(name.stage().orElseThrow(), largest(certain.bounds(name)),
                                largest(likely.bounds(name)), largest(reached.bounds(name)),
                                new TreeMap<>(Map.of(run.getKey(), own)), new TreeMap<>(Map.of(run.getKey(), total))),
                        Row::and);
            }
        }
    }

    Map<Stage, Row> rows() {
        return rows;
    }

    /** Values that are further from the truth than their likely bound; empty if budget and runs are right. */
    List<String> beyond() {
        return beyond;
    }

    /** The group of the case by the sizes that decide its bounds: long sums, large states. */
    String size() {
        if (golden.fixture().config().hiddenSize() >= LONG) {
            return "long sums, H " + golden.fixture().config().hiddenSize();
        }
        double largest = Arrays.stream(golden.fixture().input(MathTensor.INITIAL_STATE).toDoubles()).map(Math::abs)
                .max().orElse(0);
        return largest >= LARGE ? "large state, above " + (int) LARGE : "short sums, H up to 100";
    }

    /** Stages whose likely bound is above the tolerance. */
    List<String> aboveTolerance() {
        List<String> above = new ArrayList<>();
        rows.values().forEach(row -> {
            if (row.likely() > 1) {
                above.add(golden.name() + ", " + row.stage().label());
            }
        });
        return above;
    }

    /** The floating tensors that the fixture records. */
    private List<MathTensor> judged() {
        return Cases.recorded(golden).keySet().stream().filter(name -> name.kind() == DType.Kind.FLOATING).toList();
    }

    private double used(String run, MathTensor name, Tensor found, Bound[] bounds) {
        if (bounds.length != found.count()) {
            throw new IllegalStateException(name.label() + ": " + bounds.length + " bounds for " + found);
        }
        double largest = 0;
        for (int i = 0; i < bounds.length; i++) {
            double diff = Math.abs(found.at(i) - bounds[i].value());
            largest = Math.max(largest, diff / TOLERANCE.limit(bounds[i].value()));
            if (!(diff <= bounds[i].error())) {
                beyond.add(golden.name() + ", " + run + ", " + name.label()
                        + Arrays.toString(found.shape().indexOf(i)) + ": " + diff + " from " + bounds[i].value()
                        + ", bound " + bounds[i].error());
            }
        }
        return largest;
    }

    private static double largest(Bound[] bounds) {
        double largest = 0;
        for (Bound bound : bounds) {
            largest = Math.max(largest, bound.error() / TOLERANCE.limit(bound.value()));
        }
        return largest;
    }

    /** The exact values of the budget as a run's tensors. */
    static TensorSet truth(GoldenCase golden) throws NotEvaluatedException {
        ErrorBudget budget = ErrorBudget.fromTheStart(golden, Sums.CERTAIN);
        Map<MathTensor, Tensor> truth = new EnumMap<>(MathTensor.class);
        Cases.recorded(golden).forEach((name, expected) -> {
            if (name.kind() == DType.Kind.FLOATING) {
                truth.put(name, Tensor.ofDoubles(expected.shape(),
                        Arrays.stream(budget.bounds(name)).mapToDouble(Bound::value).toArray()));
            }
        });
        return TensorSet.of(truth);
    }
}
