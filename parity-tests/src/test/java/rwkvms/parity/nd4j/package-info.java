/**
 * An independent oracle: math.md and semantics.md in float64 array operations of ND4J, without code of the reference.
 */
@NullMarked
package rwkvms.parity.nd4j;

import org.jspecify.annotations.NullMarked;
