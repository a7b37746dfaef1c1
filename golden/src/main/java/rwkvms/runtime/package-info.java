/**
 * The interface of every implementation of the memory, {@link rwkvms.runtime.MemoryRuntime}, with its inputs and outputs.
 */
@NullMarked
package rwkvms.runtime;

import org.jspecify.annotations.NullMarked;
