package rwkvms.runtime;

/** The memory of one sequence over all layers of a loaded sidecar. */
public interface MemorySession extends AutoCloseable {
    /**
     * Runs the tokens through one layer and advances its state.
     *
     * @return the tensors that {@link ForwardInput#taps} asks for, each with a batch dimension of 1 in front
     */
    TensorSet forward(int layer, ForwardInput input);

    LayerState state(int layer);

    void setState(int layer, LayerState state);

    /** Every layer back to a new session's state. */
    void reset();

    @Override
    void close();
}
