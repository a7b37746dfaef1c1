package rwkvms.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import rwkvms.child.Ending;
import rwkvms.live.fork.ExpectedAnswer;
import rwkvms.live.fork.ForkAnswer;
import rwkvms.live.fork.ForkResult;
import rwkvms.report.Details;
import rwkvms.report.Entry;
import rwkvms.report.EntryDetails;
import rwkvms.report.Obstacle;
import rwkvms.report.Outcome;
import rwkvms.report.Provenance;
import rwkvms.report.Verdict;

/**
 * What {@code gate fork} adds to its verdict: an executable's answers.
 *
 * @param asked number of calls that should have been made
 */
record ForkDetails(Path executable, int asked, List<ForkResult> results) implements Details {
    /** Characters that are shown of a call's output: its end, which says why a program gave up. */
    private static final int MAX_SHOWN = 400;

    ForkDetails {
        results = List.copyOf(results);
    }

    /** Returns a pass only if every call was made, a sound case was judged, and all answers were right. */
    Verdict verdict(Provenance provenance, String reproduce) {
        List<Entry> entries = results.stream().map(ForkDetails::entry).toList();
        return new Verdict("gate fork", entries, errors(entries), provenance, reproduce, this);
    }

    private static Entry entry(ForkResult result) {
        Outcome outcome = result.judged()
                ? Outcome.of(result.problems())
                : new Outcome.NotEvaluated(result.asked().reason());
        List<String> facts = new ArrayList<>(tail(result).lines().map(line -> "| " + line).toList());
        facts.add("called: " + String.join(" ", result.command()));
        return new Entry(result.asked().name(), outcome, facts, "", "", EntryDetails.NONE);
    }

    private List<Obstacle> errors(List<Entry> entries) {
        List<Obstacle> errors = new ArrayList<>();
        if (results.size() != asked) {
            errors.add(new Obstacle("the run", "expected " + asked + " calls, made " + results.size()
                    + ": the executable stalled too often, the rest was not run"));
        } else if (entries.stream().noneMatch(Entry::failed)) {
            if (agreed(ExpectedAnswer.OK) == 0) {
                errors.add(new Obstacle("the run", "no case that our own runtime passes: nothing was judged"));
            } else if (2 * judged() < results.size()) {
                errors.add(new Obstacle("the run",
                        "our own runtime evaluates " + judged() + " of " + asked + " calls, less than half"));
            }
        }
        return errors;
    }

    private long judged() {
        return results.stream().filter(ForkResult::judged).count();
    }

    private long agreed(ExpectedAnswer wanted) {
        return results.stream().filter(each -> each.asked().wanted() == wanted && each.problems().isEmpty()).count();
    }

    /** The number of answers that should have been judged. */
    private long expected() {
        return judged() + asked - results.size();
    }

    void print(Verdict verdict, PrintWriter out) {
        VerdictText text = new VerdictText(verdict, out);
        text.printProblems();
        text.printSummary(judged() - verdict.failed().size() + " of " + expected() + " answers of "
                + executable.getFileName() + " agree: " + agreed(ExpectedAnswer.OK) + " ok, "
                + agreed(ExpectedAnswer.DIFFERS)
                + " differences and " + agreed(ExpectedAnswer.REFUSED) + " refusals, " + verdict.notEvaluated().size()
                + " not evaluated");
        if (!verdict.ok()) {
            out.println("reproduce: " + verdict.reproduce());
        }
    }

    private static String tail(ForkResult result) {
        String text = (result.run().out() + result.run().err()).strip();
        return text.length() <= MAX_SHOWN ? text : "..." + text.substring(text.length() - MAX_SHOWN);
    }

    @Override
    public void write(ObjectNode json, boolean whole) {
        json.put("executable", executable.toString()).put("judged", judged()).put("expected", expected())
                .put("failed", results.stream().filter(result -> !result.problems().isEmpty()).count());
        ArrayNode cases = json.putArray("cases");
        ArrayNode missed = json.putArray("not_evaluated");
        for (ForkResult result : results) {
            if (result.judged()) {
                write(cases.addObject(), result);
            } else {
                missed.addObject().put("case", result.asked().name()).put("reason", result.asked().reason());
            }
        }
    }

    private static void write(ObjectNode json, ForkResult result) {
        json.put("case", result.asked().name()).put("ok", result.problems().isEmpty())
                .put("wanted", result.asked().wanted().words()).put("reason", result.asked().reason());
        if (result.run().ending() instanceof Ending.Exited exited) {
            json.put("exit_code", exited.code());
        } else {
            json.putNull("exit_code");
        }
        json.put("ending", result.run().ending().words());
        ForkAnswer answer = ForkAnswer.read(result.run().out()).answer().orElse(null);
        if (answer == null) {
            json.putNull("answer");
        } else {
            ObjectNode said = json.putObject("answer").put("ok", answer.ok()).put("compared", answer.compared())
                    .put("sidecar", answer.sidecar());
            if (Double.isFinite(answer.maxAbsDiff())) {
                said.put("max_abs_diff", answer.maxAbsDiff());
            } else {
                said.putNull("max_abs_diff");
            }
        }
        result.problems().forEach(json.putArray("problems")::add);
        json.put("output", tail(result));
    }
}
