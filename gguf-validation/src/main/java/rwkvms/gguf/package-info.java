/**
 * The GGUF container: reading over a memory map, bounded by the file whatever its header claims, and writing.
 *
 * <p>What the keys and tensors of a sidecar mean is the business of {@code rwkvms.sidecar}.
 */
@NullMarked
package rwkvms.gguf;

import org.jspecify.annotations.NullMarked;
