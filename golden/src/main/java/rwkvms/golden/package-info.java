/**
 * What every runtime offers ({@link rwkvms.golden.MemoryRuntime}), and the judgement of a runtime by a golden fixture.
 */
@NullMarked
package rwkvms.golden;

import org.jspecify.annotations.NullMarked;
