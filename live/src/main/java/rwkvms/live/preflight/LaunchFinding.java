package rwkvms.live.preflight;

/**
 * A fault of a launch, or something that could not be judged.
 *
 * @param weight its effect on the verdict
 * @param place  the option, file or variable
 */
public record LaunchFinding(LaunchRule rule, Weight weight, String place, String expected, String found) {
    /** The effect of a finding on the verdict. */
    public enum Weight {
        /** The launch must not happen. */
        REFUSED("REFUSED"),
        /** The launch may happen. */
        WARNING("WARNING"),
        /** Nobody can say whether the launch may happen. */
        NOT_EVALUATED("NOT EVALUATED");

        private final String word;

        Weight(String word) {
            this.word = word;
        }
    }

    /** Whether the launch must not happen. */
    public boolean refuses() {
        return weight == Weight.REFUSED;
    }

    /** Whether something was not evaluated. */
    public boolean misses() {
        return weight == Weight.NOT_EVALUATED;
    }

    /** Expected, found and the reason. */
    public String text() {
        return "expected " + expected + ", found " + found + ": " + rule.reason();
    }

    /** One sentence: place, expected, found and the reason. */
    public String message() {
        return place + ": " + text();
    }

    @Override
    public String toString() {
        return weight.word + " " + rule + " " + message();
    }
}
