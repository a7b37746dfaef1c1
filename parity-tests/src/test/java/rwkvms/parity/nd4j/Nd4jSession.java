package rwkvms.parity.nd4j;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** A session whose states stay in float64 between calls. */
final class Nd4jSession implements MemorySession {
    private final MemoryConfig config;
    private final IntFunction<Nd4jLayer> layers;
    private final Map<Integer, Nd4jLayer.State> states = new TreeMap<>();

    Nd4jSession(MemoryConfig config, IntFunction<Nd4jLayer> layers) {
        this.config = config;
        this.layers = layers;
    }

    @Override
    public TensorSet forward(int layer, ForwardInput input) {
        Nd4jLayer.Result result = layers.apply(layer).forward(input, at(layer));
        if (!input.readOnly()) {
            states.put(layer, result.state());
        }
        return result.tensors();
    }

    private Nd4jLayer.State at(int layer) {
        return states.computeIfAbsent(layer,
                fresh -> new Nd4jLayer.State(Arrays64.zeros(config.numStateHeads(), config.numStates(),
                        config.rank(), config.rank()), 0, Arrays64.zeros(config.readDim())));
    }

    @Override
    public LayerState state(int layer) {
        Nd4jLayer.State state = at(layer);
        return new LayerState(rounded(state.state()), state.position(), rounded(state.previousSource()));
    }

    private static Tensor rounded(INDArray array) {
        return Tensor.ofRounded(Shape.of(array.shape()), Arrays64.values(array));
    }

    @Override
    public void setState(int layer, LayerState state) {
        states.put(layer, new Nd4jLayer.State(Arrays64.of(state.state()), state.position(),
                Arrays64.of(state.previousSource())));
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
