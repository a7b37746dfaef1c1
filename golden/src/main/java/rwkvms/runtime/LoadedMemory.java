package rwkvms.runtime;

/** Weights in a runtime, ready for any number of sequences. */
public interface LoadedMemory extends AutoCloseable {
    /** A sequence with zero state, zero previous source and position 0 in every layer. */
    MemorySession newSession();

    /** Frees the weights; its sessions must be closed first. */
    @Override
    void close();
}
