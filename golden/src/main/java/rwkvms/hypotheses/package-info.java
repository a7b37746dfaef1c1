/**
 * The rule and its mistakes side by side: math.md in double, step by step ({@link rwkvms.hypotheses.Rule}), and the table of
 * what a developer may have made of a step ({@link rwkvms.hypotheses.Hypotheses}).
 */
@NullMarked
package rwkvms.hypotheses;

import org.jspecify.annotations.NullMarked;
