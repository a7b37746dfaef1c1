/** Runs programs as children within limits: {@link rwkvms.child.Child}. */
@NullMarked
package rwkvms.child;

import org.jspecify.annotations.NullMarked;
