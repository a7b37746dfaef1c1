package rwkvms.diagnosis;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import rwkvms.hypotheses.Hypothesis;
import rwkvms.hypotheses.Layer;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.ScanInput;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** A runtime that makes a mistake in every call, in float32 between calls. */
record HypothesisRuntime(Hypothesis hypothesis) implements MemoryRuntime {
    @Override
    public String name() {
        return "mistaken";
    }

    @Override
    public SortedMap<String, String> provenance() {
        return new TreeMap<>();
    }

    @Override
    public LoadedMemory load(MemoryModel model) {
        return new LoadedMemory() {
            @Override
            public MemorySession newSession() {
                return new Session(model, hypothesis);
            }

            @Override
            public void close() {
                // the model is its owner's
            }
        };
    }

    @Override
    public TensorSet scan(MemoryConfig config, ScanInput input) {
        return Mistaken.float32(hypothesis.scan(config, input));
    }

    @Override
    public void close() {
        // nothing of its own
    }

    private static final class Session implements MemorySession {
        private final MemoryModel model;
        private final Hypothesis hypothesis;
        private final Map<Integer, LayerState> states = new TreeMap<>();

        private Session(MemoryModel model, Hypothesis hypothesis) {
            this.model = model;
            this.hypothesis = hypothesis;
        }

        @Override
        public TensorSet forward(int layer, ForwardInput input) {
            LayerState before = state(layer);
            TensorSet given = Mistaken.float32(hypothesis.forward(
                    Layer.of(model.config(), model.sidecar().layer(layer)), before, input, true, List.of(0)));
            setState(layer, new LayerState(given.get(MathTensor.FINAL_STATE).reshape(before.state().shape()),
                    given.get(MathTensor.FINAL_POSITIONS).longAt(0),
                    given.get(MathTensor.FINAL_PREVIOUS_SOURCE).reshape(before.previousSource().shape())));
            return given;
        }

        @Override
        public LayerState state(int layer) {
            MemoryConfig config = model.config();
            Shape state = Shape.of(config.numStateHeads(), config.numStates(), config.rank(), config.rank());
            return states.getOrDefault(layer, new LayerState(Tensor.ofFloats(state, new float[state.count()]), 0,
                    Tensor.ofFloats(Shape.of(config.readDim()), new float[config.readDim()])));
        }

        @Override
        public void setState(int layer, LayerState state) {
            states.put(layer, state);
        }

        @Override
        public void reset() {
            states.clear();
        }

        @Override
        public void close() {
            // nothing to free
        }
    }
}
