package rwkvms.reference;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;

import rwkvms.fixtures.Shape;
import rwkvms.fixtures.Tensor;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.MemorySettings;
import rwkvms.runtime.TensorSet;

/** One sequence on the reference: a state per layer, advanced only by a call that ended well. */
final class ReferenceSession implements MemorySession {
    private final MemorySettings settings;
    private final IntFunction<ReferenceLayer> layers;
    private final Map<Integer, SequenceState> states = new TreeMap<>();

    ReferenceSession(MemorySettings settings, IntFunction<ReferenceLayer> layers) {
        this.settings = settings;
        this.layers = layers;
    }

    @Override
    public TensorSet forward(int layer, ForwardInput input) {
        Shape hidden = input.hiddenStates().shape();
        if (hidden.rank() != 2 || hidden.dim(1) != settings.hiddenSize()) {
            throw new IllegalArgumentException(
                    "hidden states: expected [T, " + settings.hiddenSize() + "], found " + hidden);
        }
        SequenceState advanced = sequence(layer).copy();
        TensorSet out = layers.apply(layer).forward(input, advanced);
        if (!input.readOnly()) {
            states.put(layer, advanced);
        }
        return out;
    }

    private SequenceState sequence(int layer) {
        return states.computeIfAbsent(layer,
                fresh -> new SequenceState(new float[settings.stateCount()], 0, new double[settings.readDim()]));
    }

    @Override
    public LayerState state(int layer) {
        SequenceState sequence = sequence(layer);
        int r = settings.rank();
        return new LayerState(
                Tensor.ofFloats(Shape.of(settings.numStateHeads(), settings.numStates(), r, r), sequence.values()),
                sequence.position(), Tensor.ofRounded(Shape.of(settings.readDim()), sequence.previousSource()));
    }

    @Override
    public void setState(int layer, LayerState state) {
        states.put(layer, new SequenceState(state.state().toFloats(), state.position(),
                state.previousSource().toDoubles()));
    }

    @Override
    public void reset() {
        states.clear();
    }

    @Override
    public void close() {
        states.clear();
    }
}
