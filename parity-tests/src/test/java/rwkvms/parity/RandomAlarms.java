package rwkvms.parity;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import rwkvms.comparison.TensorComparison;
import rwkvms.math.MathTensor;
import rwkvms.nativeruntime.NativeFiles;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.parity.budget.Bound;
import rwkvms.parity.budget.ErrorBudget;
import rwkvms.parity.budget.Sums;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.Sidecar;
import rwkvms.tensor.DType;
import rwkvms.tensor.Tensor;

/**
 * The C++ runtime, on one and on two threads, on random settings and weights. Each stage must be within its derived bound on
 * every model; on a model that can be judged at the gate's tolerance ({@link Conditioning}), the runtime must also agree with
 * the reference and with the float64 oracle.
 */
final class RandomAlarms {
    /** The default number of models, which takes a few seconds. */
    static final int FEW = 60;
    private static final long SEED = 19_700;

    private final List<MemoryRuntime> runtimes = List.of(
            NativeRuntime.open("C++ on one thread", NativeFiles.library(), Optional.empty(), 1),
            NativeRuntime.open("C++ on two threads", NativeFiles.library(), Optional.empty(), 2));
    private final List<String> alarms = new ArrayList<>();
    private int drawn;
    private int judged;
    private long values;
    private double maxOfTolerance;
    private double maxOfBound;

    /** Draws models until {@code count} of them were judged at the gate's tolerance. */
    void judge(int count) {
        Random random = new Random(SEED);
        while (judged < count) {
            RandomModel model = RandomModels.oneHead(random);
            drawn++;
            model.withSidecar(sidecar -> judge(model, sidecar, runtimes.get(drawn % runtimes.size())));
        }
    }

    private void judge(RandomModel model, Sidecar sidecar, MemoryRuntime runtime) {
        TensorSet found = RandomModel.run(runtime, sidecar, model.initial(), model.input());
        budget(model, sidecar, found);
        if (!Conditioning.isJudgeable(model, sidecar)) {
            return;
        }
        judged++;
        compare(model, runtime.name() + " against nd4j", found,
                RandomModel.run(ParityRuntimes.oracle(), sidecar, model.initial(), model.input()));
        compare(model, runtime.name() + " against the reference", found,
                RandomModel.run(ParityRuntimes.named(ReferenceRuntime.NAME), sidecar, model.initial(), model.input()));
    }

    private void compare(RandomModel model, String who, TensorSet found, TensorSet expected) {
        for (MathTensor name : expected.names()) {
            TensorComparison comparison = Conditioning.compare(model, name, found, expected);
            values += comparison.elements();
            maxOfTolerance = Math.max(maxOfTolerance, comparison.maxRatio());
            if (!comparison.passed()) {
                alarms.add(who + ", " + name.label() + ": " + comparison.bad().getFirst() + ", " + model);
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
                "%d alarms in %d random configurations judged at the tolerance (%d values, at most %.1f %% of it used)"
                        + " and %d held against their bounds (at most %.1f %% used); %d were too ill-conditioned for the"
                        + " tolerance",
                alarms.size(), judged, values, 100 * maxOfTolerance, drawn, 100 * maxOfBound, drawn - judged);
    }
}
