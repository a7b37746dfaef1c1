/** Runs somebody else's library over fixtures in a process of its own: {@link rwkvms.live.library.LibraryRun}. */
@NullMarked
package rwkvms.live.library;

import org.jspecify.annotations.NullMarked;
