package rwkvms.report;

import java.nio.file.Path;
import java.util.Optional;

import rwkvms.golden.Outcome;

/**
 * One fixture on one runtime, with the line that runs just these two again.
 *
 * @param reproduce to paste into a shell
 * @param file      the fixture, for annotations
 */
public record Judged(Outcome outcome, String reproduce, Optional<Path> file) {
    public Judged(Outcome outcome, String reproduce) {
        this(outcome, reproduce, Optional.empty());
    }
}
