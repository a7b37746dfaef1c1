/**
 * What every implementation of the memory offers: {@link rwkvms.runtime.MemoryRuntime}, and what goes in and comes out of it.
 */
@NullMarked
package rwkvms.runtime;

import org.jspecify.annotations.NullMarked;
