@NullMarked
package rwkvms.diagnosis;

import org.jspecify.annotations.NullMarked;
