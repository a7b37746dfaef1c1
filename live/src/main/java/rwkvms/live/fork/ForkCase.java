package rwkvms.live.fork;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import rwkvms.child.Child;
import rwkvms.child.Ending;

/**
 * A call of the executable, and the answer that it must give.
 *
 * @param reason   why that is the answer: what our runtime found, or what was done to the files
 * @param compared how many tensors must be compared at least
 * @param bound    the largest difference that the tolerance allows anywhere in the fixture if ok is expected; how far a
 *                 value was moved; NaN if neither is known
 */
public record ForkCase(String name, Path fixture, Optional<Path> sidecar, ExpectedAnswer wanted, String reason,
        int compared,
        double bound) {
    /** The share of a move that must be seen: the rest may be lost in the error of the computation itself. */
    private static final double SEEN = 0.99;

    /** The problems of an answer; none if it is right. */
    List<String> problems(Child.Run run) {
        if (!(run.ending() instanceof Ending.Exited exited)) {
            return List.of(run.ending().words());
        }
        if (wanted == ExpectedAnswer.ANY) {
            return List.of();
        }
        ForkAnswer.Reading reading = ForkAnswer.read(run.out());
        if (reading.answer().isEmpty()) {
            // A program may refuse its input on standard error alone, but it must print a verdict.
            return wanted == ExpectedAnswer.REFUSED && exited.code() != 0
                    ? List.of()
                    : List.of(reading.problem() + " (" + run.ending().words() + ")");
        }
        List<String> problems = new ArrayList<>();
        judge(reading.answer().get(), exited.code(), problems);
        return problems;
    }

    private void judge(ForkAnswer answer, int code, List<String> problems) {
        if (answer.ok() != (code == 0)) {
            problems.add("says ok " + answer.ok() + " and exits with code " + code);
        }
        if (answer.ok() != (wanted == ExpectedAnswer.OK)) {
            problems.add("expected " + wanted.words() + " (" + reason + "), found ok " + answer.ok());
            return;
        }
        if (wanted == ExpectedAnswer.REFUSED) {
            return;
        }
        if (answer.sidecar() != sidecar.isPresent()) {
            problems.add("sidecar: expected " + sidecar.isPresent() + ", found " + answer.sidecar());
        }
        if (answer.compared() < compared) {
            problems.add("compared: expected at least " + compared + " tensors, found " + answer.compared());
        }
        if (wanted == ExpectedAnswer.OK && !(answer.maxAbsDiff() >= 0 && answer.maxAbsDiff() <= bound)) {
            problems.add("max_abs_diff: expected at most " + bound
                    + ", the tolerance at the largest value of the fixture, found " + answer.maxAbsDiff());
        }
        if (wanted == ExpectedAnswer.DIFFERS && answer.maxAbsDiff() < SEEN * bound) {
            problems.add("max_abs_diff: expected about " + bound + ", by which a value was moved, found "
                    + answer.maxAbsDiff());
        }
    }
}
