/** A runtime that is a program and answers over a pipe (pipe.md): {@link rwkvms.pipe.PipeRuntime}. */
@NullMarked
package rwkvms.pipe;

import org.jspecify.annotations.NullMarked;
