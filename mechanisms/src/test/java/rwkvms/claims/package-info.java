/** Tests of what comes of recomputing every published claim. */
@NullMarked
package rwkvms.claims;

import org.jspecify.annotations.NullMarked;
