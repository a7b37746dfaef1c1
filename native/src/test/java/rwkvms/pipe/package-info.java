@NullMarked
package rwkvms.pipe;

import org.jspecify.annotations.NullMarked;
