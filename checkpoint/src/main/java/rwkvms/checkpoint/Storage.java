package rwkvms.checkpoint;

import java.lang.foreign.MemorySegment;
import rwkvms.tensor.DType;

/**
 * A run of elements, of which tensors are views.
 *
 * @param bytes {@code count} elements, no more and no less
 */
record Storage(DType dtype, long count, MemorySegment bytes) {
    /** Finds the storages that a pickle refers to, with as many bytes as their elements need. */
    @FunctionalInterface
    interface Source {
        /** A storage by its key, or {@link PickleException} at {@code offset}. */
        Storage find(String key, DType dtype, long count, int offset) throws PickleException;
    }
}
