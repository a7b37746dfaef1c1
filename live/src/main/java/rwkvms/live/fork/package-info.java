/** A fork's fixture executable, judged by its answers: {@link rwkvms.live.fork.ForkRun}. */
@NullMarked
package rwkvms.live.fork;

import org.jspecify.annotations.NullMarked;
