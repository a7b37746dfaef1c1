/**
 * What the project under test has published about itself, each number recomputed where it can be.
 */
@NullMarked
package rwkvms.claims;

import org.jspecify.annotations.NullMarked;
