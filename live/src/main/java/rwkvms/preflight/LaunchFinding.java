package rwkvms.preflight;

/**
 * What is wrong with a launch.
 *
 * @param refuses whether the launch must not happen; otherwise it is a warning
 * @param place   the option, file or variable
 */
public record LaunchFinding(LaunchRule rule, boolean refuses, String place, String expected, String found) {
    /** One sentence: place, expected, found and the reason. */
    public String message() {
        return place + ": expected " + expected + ", found " + found + ": " + rule.reason();
    }

    @Override
    public String toString() {
        return (refuses ? "REFUSED " : "WARNING ") + rule + " " + message();
    }
}
