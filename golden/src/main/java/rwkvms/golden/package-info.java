/**
 * Golden cases, and how they judge a runtime: {@link rwkvms.golden.FixtureCheck}.
 */
@NullMarked
package rwkvms.golden;

import org.jspecify.annotations.NullMarked;
