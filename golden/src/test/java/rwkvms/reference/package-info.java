/** What no golden case can localise: single classes of the reference at their edges. */
@NullMarked
package rwkvms.reference;

import org.jspecify.annotations.NullMarked;
