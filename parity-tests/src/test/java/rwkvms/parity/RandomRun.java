package rwkvms.parity;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.Sidecar;

/** Runs of a random model's single layer. */
final class RandomRun {
    private RandomRun() {
    }

    /** One call from a state. */
    static TensorSet of(MemoryRuntime runtime, Sidecar sidecar, LayerState initial, ForwardInput input) {
        return inSession(runtime, sidecar, session -> {
            session.setState(RandomModel.LAYER, initial);
            return session.forward(RandomModel.LAYER, input);
        });
    }

    static <R> R inSession(MemoryRuntime runtime, Sidecar sidecar, Function<MemorySession, R> test) {
        try (LoadedMemory memory = runtime.load(MemoryModel.of(sidecar)); MemorySession session = memory.newSession()) {
            return test.apply(session);
        } catch (NotEvaluatedException e) {
            throw new AssertionError(runtime.name() + " must evaluate this model: " + e.reason(), e);
        }
    }

    /** Gives the test an opened memory of every runtime. */
    static void onEveryRuntime(RandomModel model, Consumer<LoadedModel> test) {
        model.withSidecar(sidecar -> {
            for (MemoryRuntime runtime : ParityRuntimes.all()) {
                try (LoadedMemory memory = runtime.load(MemoryModel.of(sidecar))) {
                    test.accept(new LoadedModel(runtime.name(), memory, sidecar));
                } catch (NotEvaluatedException e) {
                    throw new AssertionError(runtime.name() + " must evaluate this model: " + e.reason(), e);
                }
            }
        });
    }

    /** A model in one runtime. */
    record LoadedModel(String runtime, LoadedMemory memory, Sidecar sidecar) {
        ModelLimits limits(LayerState initial, ForwardInput input) {
            return ModelLimits.of(sidecar, initial, input);
        }

        TensorSet run(LayerState initial, ForwardInput input) {
            return Chunks.run(memory, RandomModel.LAYER, initial, input, List.of(input.tokens())).tensors();
        }

        LayerState stateAfter(LayerState initial, ForwardInput input) {
            return Chunks.run(memory, RandomModel.LAYER, initial, input, List.of(input.tokens())).state();
        }
    }
}
