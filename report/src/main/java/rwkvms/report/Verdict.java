package rwkvms.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What one run of a command says (gate.md).
 *
 * @param suite     the command, such as {@code gate check}
 * @param entries   what was judged or not evaluated, in the order of the run
 * @param errors    what could not be judged; empty if all inputs were sound
 * @param reproduce one line that repeats the whole run, to paste into a shell; empty if there is none
 */
public record Verdict(String suite, List<Entry> entries, List<Obstacle> errors, Provenance provenance,
        String reproduce, Details details) {
    private static final String NOTHING = "nothing was judged";

    /** What a verdict comes to: the first of these that holds. */
    public enum State {
        /** Something is wrong. */
        FAILED("FAILED"),
        /** Something could not be judged, or nothing was. */
        NOT_JUDGED("NOT JUDGED"),
        /** All that was judged is right. */
        PASSED("passed");

        private final String word;

        State(String word) {
            this.word = word;
        }

        /** For people. */
        public String word() {
            return word;
        }
    }

    public Verdict {
        entries = List.copyOf(entries);
        errors = List.copyOf(errors);
    }

    /** The one rule: a failure beats what could not be judged, which beats a pass; if nothing was judged, nothing passes. */
    public State state() {
        if (entries.stream().anyMatch(Entry::failed)) {
            return State.FAILED;
        }
        return errors.isEmpty() && entries.stream().anyMatch(Entry::passed) ? State.PASSED : State.NOT_JUDGED;
    }

    public boolean ok() {
        return state() == State.PASSED;
    }

    public List<Entry> failed() {
        return entries.stream().filter(Entry::failed).toList();
    }

    public List<Entry> passed() {
        return entries.stream().filter(Entry::passed).toList();
    }

    public List<Entry> notEvaluated() {
        return entries.stream().filter(entry -> entry.notEvaluated().isPresent()).toList();
    }

    /** One line per thing that kept it from passing; empty if it passed. */
    public List<String> problems() {
        return problems(failed().stream()
                .flatMap(entry -> entry.reasons().stream().map(reason -> entry.name() + ": " + reason)).toList());
    }

    /** The same for standard error, with only the failure to read first. */
    public List<String> complaints() {
        List<Entry> failed = failed();
        String more = failed.size() > 1 ? " (and " + (failed.size() - 1) + " more that failed)" : "";
        return problems(FailureGroup.of(failed).stream().limit(1).map(FailureGroup::first)
                .map(entry -> entry.name() + ": " + entry.message() + more).toList());
    }

    private List<String> problems(List<String> failures) {
        List<String> problems = new ArrayList<>(errors.stream().map(Obstacle::message).toList());
        problems.addAll(failures);
        if (problems.isEmpty() && !ok()) {
            notEvaluated().forEach(
                    entry -> problems.add(entry.name() + ": not evaluated: " + entry.message().replace('\n', ' ')));
            if (problems.isEmpty()) {
                problems.add(NOTHING);
            }
        }
        return problems;
    }

    /** The tests of reports for other tools: the entries, then what could not be judged. */
    List<TestCase> cases() {
        return Stream.concat(entries.stream().map(TestCase::of), errors.stream().map(TestCase::of)).toList();
    }

    /** Returns a copy with another error, such as a report that cannot be written. */
    public Verdict withError(Obstacle error) {
        List<Obstacle> all = new ArrayList<>(errors);
        all.add(error);
        return new Verdict(suite, entries, all, provenance, reproduce, details);
    }
}
