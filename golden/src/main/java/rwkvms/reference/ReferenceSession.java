package rwkvms.reference;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.StateException;
import rwkvms.runtime.StateFault;
import rwkvms.runtime.TensorSet;
import rwkvms.state.StateIdentity;
import rwkvms.state.StateReader;
import rwkvms.state.StateWriter;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** One sequence on the reference. It has a state per layer, which only a successful call advances. */
final class ReferenceSession implements MemorySession {
    private final MemoryConfig config;
    private final IntFunction<ReferenceLayer> layers;
    private final Supplier<StateIdentity> identity;
    private final Map<Integer, SequenceState> states = new TreeMap<>();

    ReferenceSession(MemoryConfig config, IntFunction<ReferenceLayer> layers,
            Supplier<StateIdentity> identity) {
        this.config = config;
        this.layers = layers;
        this.identity = identity;
    }

    @Override
    public TensorSet forward(int layer, ForwardInput input) {
        Shape hidden = input.hiddenStates().shape();
        if (hidden.rank() != 2 || hidden.dim(1) != config.hiddenSize()) {
            throw new IllegalArgumentException(
                    "hidden states: expected [T, " + config.hiddenSize() + "], found " + hidden);
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
                fresh -> new SequenceState(new float[config.stateCount()], 0, new double[config.readDim()]));
    }

    @Override
    public LayerState state(int layer) {
        SequenceState sequence = sequence(layer);
        int r = config.rank();
        return new LayerState(
                Tensor.ofFloats(Shape.of(config.numStateHeads(), config.numStates(), r, r), sequence.values()),
                sequence.position(), Tensor.ofRounded(Shape.of(config.readDim()), sequence.previousSource()));
    }

    @Override
    public void setState(int layer, LayerState state) {
        states.put(layer, new SequenceState(state.state().toFloats(), state.position(),
                state.previousSource().toDoubles()));
    }

    @Override
    public byte[] saveState() {
        return StateWriter.write(identity.get(), this::state);
    }

    @Override
    public void loadState(byte[] payload) {
        StateReader.read(identity.get(), payload).forEach(this::setState);
    }

    @Override
    public void clear() {
        reset();
    }

    @Override
    public void remove(int sequence, long from, long to) {
        if (sequence != 0 && sequence != -1) {
            throw new IllegalArgumentException("sequence: expected 0 or -1, found " + sequence);
        }
        long end = identity.get().layers().stream().mapToLong(layer -> sequence(layer).position()).max().orElse(0);
        long first = Math.max(from, 0);
        long last = to < 0 ? Long.MAX_VALUE : to;
        if (first >= Math.min(last, end)) {
            return;
        }
        if (first > 0 || last < end) {
            throw mutation("removal of positions " + from + " to " + to + " of 0 to " + end);
        }
        reset();
    }

    @Override
    public void copy(int source, int target, long from, long to) {
        throw mutation("copy of sequence " + source + " to " + target);
    }

    @Override
    public void keep(int sequence) {
        throw mutation("keeping sequence " + sequence);
    }

    @Override
    public void shift(int sequence, long from, long to, long delta) {
        throw mutation("shift of sequence " + sequence + " by " + delta);
    }

    @Override
    public void divide(int sequence, long from, long to, int divisor) {
        throw mutation("division of sequence " + sequence + " by " + divisor);
    }

    private static StateException mutation(String change) {
        return new StateException(StateFault.MUTATION, change
                + ": the state is a sum over all tokens of one sequence: it can be removed as a whole, and nothing else");
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
