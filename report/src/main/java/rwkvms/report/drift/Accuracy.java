package rwkvms.report.drift;

import java.util.Collection;

/** How the error of a tensor, a stage or a run compares with that of an earlier run. */
public enum Accuracy {
    /** An error has grown, by {@link DriftRule}. */
    WORSE("worse"),
    /** The scale of a tensor is in neither run, or the machine is another one. */
    NOT_JUDGED("not judged"),
    /** An error has shrunk as much, and none has grown. */
    BETTER("better"),
    /** Neither. */
    SAME("same");

    private final String word;

    Accuracy(String word) {
        this.word = word;
    }

    /** For people and JSON. */
    public String word() {
        return word;
    }

    /** The first that holds for one of the parts. */
    static Accuracy of(Collection<Accuracy> parts) {
        return parts.stream().min(Accuracy::compareTo).orElse(NOT_JUDGED);
    }
}
