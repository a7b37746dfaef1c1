/** The experiments against their published numbers, and properties of their parts. */
@NullMarked
package rwkvms.mechanisms;

import org.jspecify.annotations.NullMarked;
