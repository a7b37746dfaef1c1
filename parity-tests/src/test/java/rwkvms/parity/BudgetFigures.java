package rwkvms.parity;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.FixtureRun;
import rwkvms.golden.GoldenCase;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.math.Stage;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.parity.budget.Bound;
import rwkvms.parity.budget.ErrorBudget;
import rwkvms.parity.budget.Sums;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.DType;
import rwkvms.tensor.Tensor;

/** A case's budget, and what its fixture, the reference and the C++ runtime use of it. */
final class BudgetFigures {
    static final String PYTORCH = "PyTorch";
    static final String REFERENCE = "reference";
    static final String CPP = "C++";
    private static final Tolerance TOLERANCE = Tolerance.DEFAULT;
    /** A hidden size between the small cases and the real one. */
    private static final int LONG = 1024;
    /** A state between those that a fixture's generator draws and those of a live session. */
    private static final double LARGE = 100;

    private final GoldenCase golden;
    private final Map<String, TensorSet> runs = new LinkedHashMap<>();
    private final Map<Stage, BudgetRow> rows = new EnumMap<>(Stage.class);
    private final List<String> beyond = new ArrayList<>();

    BudgetFigures(GoldenCase golden) throws NotEvaluatedException {
        this.golden = golden;
        runs.put(PYTORCH, recorded());
        runs.put(REFERENCE, run(ParityRuntimes.named(ReferenceRuntime.NAME)));
        MemoryRuntime cpp = ParityRuntimes.named(NativeRuntime.NAME);
        if (Gaps.reason(golden, cpp).isEmpty()) {
            runs.put(CPP, run(cpp));
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
                        new BudgetRow(name.stage().orElseThrow(), largest(certain.bounds(name)),
                                largest(likely.bounds(name)), largest(reached.bounds(name)),
                                new TreeMap<>(Map.of(run.getKey(), own)), new TreeMap<>(Map.of(run.getKey(), total))),
                        BudgetRow::and);
            }
        }
    }

    /** Stages in dataflow order. */
    Map<Stage, BudgetRow> rows() {
        return rows;
    }

    /** Values further from the truth than their likely bound allows; none, if budget and runs are right. */
    List<String> beyond() {
        return beyond;
    }

    /** The sizes that decide the bounds: long sums, large states. */
    String size() {
        if (golden.fixture().config().hiddenSize() >= LONG) {
            return "long sums, H " + golden.fixture().config().hiddenSize();
        }
        double largest = Arrays.stream(golden.fixture().input(MathTensor.INITIAL_STATE).toDoubles()).map(Math::abs)
                .max().orElse(0);
        return largest >= LARGE ? "large state, above " + (int) LARGE : "short sums, H up to 100";
    }

    /** Where a stage's bound is above the tolerance, which the report says. */
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
        return golden.fixture().expected().keySet().stream().map(label -> MathTensor.ofLabel(label).orElseThrow())
                .filter(name -> name.kind() == DType.Kind.FLOATING).toList();
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

    private TensorSet recorded() {
        Map<MathTensor, Tensor> tensors = new EnumMap<>(MathTensor.class);
        golden.fixture().expected()
                .forEach((label, tensor) -> tensors.put(MathTensor.ofLabel(label).orElseThrow(), tensor));
        return TensorSet.of(tensors);
    }

    private TensorSet run(MemoryRuntime runtime) throws NotEvaluatedException {
        MemoryConfig config = golden.fixture().config();
        try (LoadedMemory memory = runtime
                .load(new MemoryModel(golden.sidecar().orElseThrow(), golden.base(), config))) {
            return new FixtureRun(golden.fixture()).forward(memory);
        }
    }

    /** The exact values of the budget as a run's tensors. */
    static TensorSet truth(GoldenCase golden) throws NotEvaluatedException {
        ErrorBudget budget = ErrorBudget.fromTheStart(golden, Sums.CERTAIN);
        Map<MathTensor, Tensor> truth = new EnumMap<>(MathTensor.class);
        for (Map.Entry<String, Tensor> expected : golden.fixture().expected().entrySet()) {
            MathTensor name = MathTensor.ofLabel(expected.getKey()).orElseThrow();
            if (name.kind() == DType.Kind.FLOATING) {
                truth.put(name, Tensor.ofDoubles(expected.getValue().shape(),
                        Arrays.stream(budget.bounds(name)).mapToDouble(Bound::value).toArray()));
            }
        }
        return TensorSet.of(truth);
    }
}
