package rwkvms.parity;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import rwkvms.comparison.TensorComparison;
import rwkvms.math.MathTensor;
import rwkvms.parity.budget.Bound;
import rwkvms.parity.budget.ErrorBudget;
import rwkvms.parity.budget.Sums;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.Sidecar;
import rwkvms.tensor.DType;
import rwkvms.tensor.Tensor;

/**
 * Sound runtimes on random settings and weights, in calls as short as a golden case. Each value is within the tolerance of exact
 * arithmetic, or within what float32 can know of it, whatever the model; and each stage is within the derived bound.
 */
final class RandomAlarms {
    /** The default number of models, which takes a few seconds. */
    static final int FEW = 60;

    private final List<MemoryRuntime> runtimes;
    private final List<String> alarms = new ArrayList<>();
    private int judged;
    private long values;
    private long known;
    private long unknowable;
    private double maxOfLimit;
    private double maxOfBound;

    /** Of runtimes that take turns. */
    RandomAlarms(List<MemoryRuntime> runtimes) {
        this.runtimes = List.copyOf(runtimes);
    }

    void judge(int count) {
        Random random = new Random(LongAlarms.SEED);
        for (int i = 0; i < count; i++) {
            RandomModel model = RandomModels.oneHead(random);
            model.withSidecar(sidecar -> judge(model, sidecar, runtimes.get(judged % runtimes.size())));
            judged++;
        }
    }

    private void judge(RandomModel model, Sidecar sidecar, MemoryRuntime runtime) {
        TensorSet found = RandomModel.run(runtime, sidecar, model.initial(), model.input());
        budget(model, sidecar, found);
        ModelLimits limits = ModelLimits.of(sidecar, model.initial(), model.input());
        for (TensorComparison comparison : limits.compare(found, limits.exact(), 1)) {
            values += comparison.judged();
            known += comparison.known().within();
            unknowable += comparison.known().unknowable();
            maxOfLimit = Math.max(maxOfLimit, comparison.known().used());
            if (!comparison.passed()) {
                alarms.add(runtime.name() + ", " + comparison.tensor().label() + ": " + comparison.bad().getFirst()
                        + ", " + model);
            }
        }
    }

    private void budget(RandomModel model, Sidecar sidecar, TensorSet found) {
        ErrorBudget budget = ErrorBudget.ofEachStage(sidecar.config(),
                sidecar.layer(RandomModel.LAYER), model.initial(), model.input(), Sums.LIKELY, found);
        for (MathTensor name : found.names()) {
            if (name.kind() != DType.Kind.FLOATING) {
                continue;
            }
            Tensor tensor = found.get(name);
            Bound[] bounds = budget.bounds(name);
            for (int i = 0; i < bounds.length; i++) {
                double diff = Math.abs(tensor.at(i) - bounds[i].value());
                maxOfBound = diff == 0 ? maxOfBound : Math.max(maxOfBound, diff / bounds[i].error());
                if (!(diff <= bounds[i].error())) {
                    alarms.add("beyond its bound: " + name.label() + Arrays.toString(tensor.shape().indexOf(i)) + ": "
                            + diff + " from " + bounds[i] + ", " + model);
                }
            }
        }
    }

    List<String> alarms() {
        return alarms;
    }

    int judged() {
        return judged;
    }

    String summary() {
        return String.format(Locale.ROOT,
                "%d alarms in %d random configurations of %d values, %d of which were beyond 1e-5 and within what float32 can"
                        + " know (at most %.1f %% of it used), and %d more, of which it knows next to nothing, not judged;"
                        + " the stages were held against their bounds (at most %.1f %% used)",
                alarms.size(), judged, values, known, 100 * maxOfLimit, unknowable, 100 * maxOfBound);
    }
}
