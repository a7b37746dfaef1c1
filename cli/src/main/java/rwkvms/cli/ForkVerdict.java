package rwkvms.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import rwkvms.child.Ending;
import rwkvms.fork.ForkAnswer;
import rwkvms.fork.ForkResult;
import rwkvms.fork.Wanted;
import rwkvms.report.Provenance;
import rwkvms.report.Verdict;

/**
 * What a fork's executable is worth.
 *
 * @param asked number of calls that should have been made
 */
record ForkVerdict(Path executable, int asked, List<ForkResult> results, Provenance provenance, String reproduce) {
    private static final String INDENT = "            ";
    /** Of what a call wrote, the end, where a program says why it gave up. */
    private static final int SHOWN = 400;

    ForkVerdict {
        results = List.copyOf(results);
    }

    List<ForkResult> failed() {
        return results.stream().filter(result -> !result.problems().isEmpty()).toList();
    }

    private List<ForkResult> judged() {
        return results.stream().filter(ForkResult::judged).toList();
    }

    List<ForkResult> notEvaluated() {
        return results.stream().filter(result -> !result.judged()).toList();
    }

    private long agreed(Wanted wanted) {
        return results.stream().filter(each -> each.asked().wanted() == wanted && each.problems().isEmpty()).count();
    }

    /** What keeps the whole from passing beside the failed calls. */
    List<String> errors() {
        return results.size() == asked
                ? List.of()
                : List.of("expected " + asked + " calls, made " + results.size()
                        + ": the executable stalled too often, the rest was not run");
    }

    /** Passed only where every call was made, some sound case was judged, and all answers were right. */
    int exitCode() {
        if (!failed().isEmpty() || !errors().isEmpty()) {
            return Verdict.FAILED;
        }
        return agreed(Wanted.OK) == 0 || mostlyMissed() ? Verdict.COULD_NOT_JUDGE : Verdict.PASSED;
    }

    /** Whether our own runtime evaluates less than half of the calls, so that the rest says little. */
    private boolean mostlyMissed() {
        return judged().size() < notEvaluated().size();
    }

    /** For standard error. */
    List<String> complaints() {
        List<String> complaints = new ArrayList<>(errors());
        if (!failed().isEmpty()) {
            ForkResult first = failed().getFirst();
            complaints.add(first.asked().name() + ": " + String.join("; ", first.problems())
                    + (failed().size() == 1 ? "" : " (and " + (failed().size() - 1) + " more that failed)"));
        }
        if (exitCode() == Verdict.COULD_NOT_JUDGE) {
            complaints.add(agreed(Wanted.OK) == 0
                    ? "no case that our own runtime passes: nothing was judged"
                    : "our own runtime evaluates " + judged().size() + " of " + asked + " calls, less than half");
        }
        return complaints;
    }

    void print(PrintWriter out) {
        for (ForkResult result : failed()) {
            out.printf(Locale.ROOT, "%s  %s%n", Coloured.verdict(Verdict.FAILED), result.asked().name());
            result.problems().forEach(problem -> out.printf(Locale.ROOT, INDENT + "%s%n", problem));
            tail(result).lines().forEach(line -> out.printf(Locale.ROOT, INDENT + "| %s%n", line));
            out.printf(Locale.ROOT, INDENT + "called: %s%n", String.join(" ", result.command()));
        }
        for (ForkResult missed : notEvaluated()) {
            out.printf(Locale.ROOT, "%s  %s: %s%n", Coloured.notEvaluated(), missed.asked().name(),
                    missed.asked().reason());
        }
        out.printf(Locale.ROOT,
                "%s: %d of %d answers of %s agree: %d ok, %d differences and %d refusals, %d not evaluated%n",
                Coloured.verdict(exitCode()),
                judged().size() - failed().size(), judged().size() + asked - results.size(),
                executable.getFileName(), agreed(Wanted.OK), agreed(Wanted.DIFFERS), agreed(Wanted.REFUSED),
                notEvaluated().size());
        if (exitCode() != Verdict.PASSED) {
            out.println("reproduce: " + reproduce);
        }
    }

    private static String tail(ForkResult result) {
        String text = (result.run().out() + result.run().err()).strip();
        return text.length() <= SHOWN ? text : "..." + text.substring(text.length() - SHOWN);
    }

    ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("ok", exitCode() == Verdict.PASSED)
                .put("executable", executable.toString()).put("judged", judged().size())
                .put("expected", judged().size() + asked - results.size()).put("failed", failed().size());
        complaints().forEach(json.putArray("errors")::add);
        ArrayNode cases = json.putArray("cases");
        ArrayNode missed = json.putArray("not_evaluated");
        for (ForkResult result : results) {
            if (result.judged()) {
                write(cases.addObject(), result);
            } else {
                missed.addObject().put("case", result.asked().name()).put("reason", result.asked().reason());
            }
        }
        ObjectNode from = json.putObject("provenance");
        provenance.entries().forEach(from::put);
        return json.put("reproduce", reproduce);
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
