/** What changed between two runs: errors that grew, and what was judged before and is not now. */
@NullMarked
package rwkvms.report.drift;

import org.jspecify.annotations.NullMarked;
