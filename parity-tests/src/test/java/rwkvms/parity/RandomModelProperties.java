package rwkvms.parity;

import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import rwkvms.comparison.TensorComparison;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.TensorSet;

/** Models of any settings and weights: each runtime against the float64 oracle, every tensor, step trace included. */
final class RandomModelProperties {
    @Provide
    Arbitrary<RandomModel> oneHead() {
        return RandomModels.oneHead();
    }

    @Provide
    Arbitrary<RandomModel> severalHeads() {
        return RandomModels.severalHeads();
    }

    @Property(tries = 40)
    void referenceAndCppRuntimeAgreeWithTheOracle(@ForAll("oneHead") RandomModel model) {
        agree(model, List.of(ReferenceRuntime.NAME, NativeRuntime.NAME));
    }

    @Property(tries = 12)
    void severalHeadsAgreeOnTheReference(@ForAll("severalHeads") RandomModel model) {
        agree(model, List.of(ReferenceRuntime.NAME));
    }

    private static void agree(RandomModel model, List<String> runtimes) {
        model.withSidecar(sidecar -> {
            TensorSet expected = RandomModel.run(ParityRuntimes.oracle(), sidecar, model.initial(), model.input());
            ModelLimits limits = ModelLimits.of(sidecar, model.initial(), model.input());
            for (String name : runtimes) {
                MemoryRuntime runtime = ParityRuntimes.named(name);
                TensorSet actual = RandomModel.run(runtime, sidecar, model.initial(), model.input());
                List<TensorComparison> comparisons = limits.compare(actual, expected, 1);
                new Agreement(RandomModel.LAYER, comparisons).judge(name + " against nd4j, random models",
                        "state scale " + model.sizes().stateScale(), model.toString());
            }
        });
    }
}
