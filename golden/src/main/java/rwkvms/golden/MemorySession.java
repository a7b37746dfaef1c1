package rwkvms.golden;

import java.util.Map;

import rwkvms.fixtures.MathTensor;
import rwkvms.fixtures.Tensor;

/** The memory of one sequence over all layers of a loaded sidecar. */
public interface MemorySession extends AutoCloseable {
    /**
     * Runs the tokens through one layer and advances its state.
     *
     * @return the tensors that {@link ForwardInput#taps} asks for, each with a batch dimension of 1 in front
     */
    Map<MathTensor, Tensor> forward(int layer, ForwardInput input);

    LayerState state(int layer);

    void setState(int layer, LayerState state);

    /** Every layer back to a new session's state. */
    void reset();

    @Override
    void close();
}
