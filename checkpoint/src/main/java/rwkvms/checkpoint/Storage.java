package rwkvms.checkpoint;

import java.lang.foreign.MemorySegment;
import rwkvms.tensor.DType;

/**
 * A stretch of elements that tensors are views of.
 *
 * @param bytes {@code count} elements, no more and no less
 */
record Storage(DType dtype, long count, MemorySegment bytes) {
    /** Finds what a pickle refers to; the bytes are as many as the elements need. */
    @FunctionalInterface
    interface Source {
        /** A storage by its key, or {@link PickleException} at {@code offset}. */
        Storage find(String key, DType dtype, long count, int offset) throws PickleException;
    }
}
