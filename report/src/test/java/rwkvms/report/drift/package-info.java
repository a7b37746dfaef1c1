@NullMarked
package rwkvms.report.drift;

import org.jspecify.annotations.NullMarked;
