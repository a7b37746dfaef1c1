/** The contract of the memory's state (state.md) as checks that any runtime can be put to. */
@NullMarked
package rwkvms.state.checks;

import org.jspecify.annotations.NullMarked;
