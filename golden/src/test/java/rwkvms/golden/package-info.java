/** The judgement itself: what passes, what fails, and what is said about it. */
@NullMarked
package rwkvms.golden;

import org.jspecify.annotations.NullMarked;
