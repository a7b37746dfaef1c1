package rwkvms.live.preflight;

/**
 * What is wrong with a launch, or could not be told.
 *
 * @param weight what it does to the verdict
 * @param place  the option, file or variable
 */
public record LaunchFinding(LaunchRule rule, Weight weight, String place, String expected, String found) {
    /** What a finding does to the verdict. */
    public enum Weight {
        /** The launch must not happen. */
        REFUSED("REFUSED"),
        /** It may. */
        WARNING("WARNING"),
        /** Nobody can say whether it may. */
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

    /** Whether it says what was not evaluated. */
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
