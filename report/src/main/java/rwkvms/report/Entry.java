package rwkvms.report;

import java.util.List;
import java.util.Optional;

/**
 * One thing that a command judges, and what came of it.
 *
 * @param facts     what was measured, in the order of measuring
 * @param reproduce one line that judges it alone again, to paste into a shell; empty if there is none
 * @param file      the file that it is about, for annotations; empty if there is none
 * @param details   what its page shows
 */
public record Entry(String name, Outcome outcome, List<String> facts, String reproduce, String file,
        EntryDetails details) {
    public Entry {
        facts = List.copyOf(facts);
    }

    public Entry(String name, Outcome outcome) {
        this(name, outcome, List.of(), "", "", EntryDetails.NONE);
    }

    /** Returns an entry about a file, which is named by its path. */
    public static Entry ofFile(Object file, Outcome outcome) {
        return new Entry(file.toString(), outcome, List.of(), "", file.toString(), EntryDetails.NONE);
    }

    public Entry with(EntryDetails details) {
        return new Entry(name, outcome, facts, reproduce, file, details);
    }

    public boolean passed() {
        return outcome instanceof Outcome.Passed;
    }

    public boolean failed() {
        return outcome instanceof Outcome.Failed;
    }

    /** Why it failed; empty if it did not. */
    public List<String> reasons() {
        return outcome.reasons();
    }

    /** Why a pass says little; empty if it says what a pass says, or is none. */
    public List<String> mistrusted() {
        return outcome.mistrusted();
    }

    /** Why it was not evaluated; empty if it was. */
    public Optional<String> notEvaluated() {
        return outcome.notEvaluated();
    }

    /** The outcome in one or two words: {@code passed}, {@code FAILED} or {@code not evaluated}. */
    public String word() {
        return TestCase.of(this).status().words();
    }

    /** Why it did not pass, or what was measured if it did. */
    public String text() {
        return passed() ? String.join(", ", facts) : message();
    }

    /** Why it did not pass; empty if it did. */
    public String message() {
        return notEvaluated().orElse(String.join("; ", reasons()));
    }
}
