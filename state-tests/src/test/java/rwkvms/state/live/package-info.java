/** The memory inside an unmodified llama.cpp that runs a tiny Gemma4: parity, saved sessions, rollback, other processes. */
@NullMarked
package rwkvms.state.live;

import org.jspecify.annotations.NullMarked;
