@NullMarked
package rwkvms.hypotheses;

import org.jspecify.annotations.NullMarked;
