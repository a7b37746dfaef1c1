/** Benchmarks of a forward pass, run by the profile {@code bench}. */
@NullMarked
package rwkvms.bench;

import org.jspecify.annotations.NullMarked;
