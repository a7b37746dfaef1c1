/** A fork's fixture executable, judged by its answers: {@link rwkvms.fork.ForkRun}. */
@NullMarked
package rwkvms.fork;

import org.jspecify.annotations.NullMarked;
