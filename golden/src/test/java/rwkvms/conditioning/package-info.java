@NullMarked
package rwkvms.conditioning;

import org.jspecify.annotations.NullMarked;
