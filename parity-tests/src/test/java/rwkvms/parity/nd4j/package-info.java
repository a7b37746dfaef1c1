/**
 * math.md and semantics.md once more, in float64 array operations of ND4J: an oracle that shares no code with the reference.
 */
@NullMarked
package rwkvms.parity.nd4j;

import org.jspecify.annotations.NullMarked;
