package rwkvms.report;

import rwkvms.golden.Outcome;

/**
 * One fixture on one runtime, with the line that runs just these two again.
 *
 * @param reproduce to paste into a shell
 */
public record Judged(Outcome outcome, String reproduce) {
}
