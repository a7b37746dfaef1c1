/**
 * Golden cases, and the judgement of a runtime by them: {@link rwkvms.golden.FixtureCheck}.
 */
@NullMarked
package rwkvms.golden;

import org.jspecify.annotations.NullMarked;
