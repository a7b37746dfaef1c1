/**
 * Why a runtime is wrong: its values are compared with those of each mistake of {@link rwkvms.hypotheses.Hypotheses}
 * ({@link rwkvms.diagnosis.Diagnostician}).
 */
@NullMarked
package rwkvms.diagnosis;

import org.jspecify.annotations.NullMarked;
