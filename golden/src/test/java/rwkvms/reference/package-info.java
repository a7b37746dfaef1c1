/** Single classes of the reference at their edges, which no golden case can localise. */
@NullMarked
package rwkvms.reference;

import org.jspecify.annotations.NullMarked;
