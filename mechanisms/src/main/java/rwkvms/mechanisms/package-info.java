/**
 * The experiments that compare Dynamic Linear Attention with RWKV memory: generators, block boundaries, memories, tables.
 */
@NullMarked
package rwkvms.mechanisms;

import org.jspecify.annotations.NullMarked;
