/** The contract of the memory's state (state.md), on every runtime that ships. */
@NullMarked
package rwkvms.state.tests;

import org.jspecify.annotations.NullMarked;
