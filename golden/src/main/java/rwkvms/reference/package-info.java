/**
 * The reference implementation of math.md and semantics.md, one class per section, meant to be read beside them.
 *
 * <p>Every sum is accumulated in double, in ascending order of its index; every tensor that math.md names is stored as
 * float32, as PyTorch stores it, and read back as such by the next stage. Because the order of a sum never depends on how
 * many tokens are computed together, results are bit-identical for any chunking.
 */
@NullMarked
package rwkvms.reference;

import org.jspecify.annotations.NullMarked;
