/** Tests of what a run leaves for people to read. */
@NullMarked
package rwkvms.report;

import org.jspecify.annotations.NullMarked;
