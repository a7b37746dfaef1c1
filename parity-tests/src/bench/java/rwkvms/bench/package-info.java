/** Benchmarks: what a token costs. Run with the profile {@code bench}; nothing here is a test. */
@NullMarked
package rwkvms.bench;

import org.jspecify.annotations.NullMarked;
