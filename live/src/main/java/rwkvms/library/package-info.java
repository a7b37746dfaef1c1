/** A library of others, run over fixtures in a process of its own: {@link rwkvms.library.LibraryRun}. */
@NullMarked
package rwkvms.library;

import org.jspecify.annotations.NullMarked;
