/**
 * What the project under test has published about itself, with each number recomputed if that is possible.
 */
@NullMarked
package rwkvms.claims;

import org.jspecify.annotations.NullMarked;
