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

    /** Sets every layer back to the state of a new session. */
    void reset();

    /**
     * The state of every layer as one payload (docs/state-format.md).
     *
     * @throws RuntimeFailure with {@link StateFault#STATE_STEP} if layers are at different positions
     */
    default byte[] saveState() {
        throw unsupported();
    }

    /**
     * Restores the state of every layer from a payload that {@link #saveState} gave for the same sidecar. A refusal changes
     * nothing.
     *
     * @throws RuntimeFailure with the first fault of the payload
     */
    default void loadState(byte[] payload) {
        throw unsupported();
    }

    /** The host empties its memory, so this one is reset. */
    default void clear() {
        throw unsupported();
    }

    /**
     * The host removes positions [from, to) of sequence 0, or of all sequences with −1. A negative {@code from} means 0, a
     * negative {@code to} the end. Removing the whole sequence resets it, and removing nothing changes nothing.
     *
     * @throws RuntimeFailure with {@link StateFault#MUTATION} for a part of the sequence
     */
    default void remove(int sequence, long from, long to) {
        throw unsupported();
    }

    /** The host copies a range to another sequence: refused with {@link StateFault#MUTATION}, like the three below. */
    default void copy(int source, int target, long from, long to) {
        throw unsupported();
    }

    /** The host keeps only one sequence. */
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

    private static NotOfferedFailure unsupported() {
        return new NotOfferedFailure("this runtime neither saves states nor follows a host's memory");
    }

    @Override
    void close();
}
