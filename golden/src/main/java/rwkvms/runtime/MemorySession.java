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

    /**
     * The state of every layer as one payload (docs/state-format.md).
     *
     * @throws RuntimeFailure with {@link StateFault#STATE_STEP} where layers stand at different positions
     */
    default byte[] saveState() {
        throw unsupported();
    }

    /**
     * Takes the state of every layer from what {@link #saveState} gave for the same sidecar; refused, nothing has changed.
     *
     * @throws RuntimeFailure with the first fault of the payload
     */
    default void loadState(byte[] payload) {
        throw unsupported();
    }

    /** The host empties its memory: this one is reset. */
    default void clear() {
        throw unsupported();
    }

    /**
     * The host removes positions [from, to) of sequence 0, or of all with −1; a negative {@code from} is 0, a negative {@code
     * to} the end. The whole sequence resets, nothing of it changes nothing.
     *
     * @throws RuntimeFailure with {@link StateFault#MUTATION} for anything between
     */
    default void remove(int sequence, long from, long to) {
        throw unsupported();
    }

    /** The host copies a range to another sequence: refused with {@link StateFault#MUTATION}, like the three below. */
    default void copy(int source, int target, long from, long to) {
        throw unsupported();
    }

    /** The host keeps one sequence alone. */
    default void keep(int sequence) {
        throw unsupported();
    }

    /** The host shifts positions. */
    default void shift(int sequence, long from, long to, long delta) {
        throw unsupported();
    }

    /** The host divides positions. */
    default void divide(int sequence, long from, long to, int divisor) {
        throw unsupported();
    }

    private static RuntimeFailure unsupported() {
        return new RuntimeFailure("this runtime neither saves states nor follows a host's memory");
    }

    @Override
    void close();
}
