/** The findings on every published claim. */
@NullMarked
package rwkvms.claims;

import org.jspecify.annotations.NullMarked;
