package rwkvms.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import rwkvms.report.Details;
import rwkvms.report.Entry;
import rwkvms.report.Obstacle;
import rwkvms.report.Provenance;
import rwkvms.report.Verdict;

/**
 * What {@code gate runtime probe} adds to its verdict: the checks of a library.
 *
 * @param checks     number of checks that should have been run
 * @param obstacle   why they could not be run, or not all of them
 * @param shortfalls what else would have to be evaluated for a pass
 */
record ProbeDetails(Path library, int checks, List<Entry> results, Optional<String> obstacle,
        List<String> shortfalls) implements Details {
    private static final String GOLDEN = "golden: ";

    ProbeDetails {
        results = List.copyOf(results);
        shortfalls = List.copyOf(shortfalls);
    }

    /** Returns the verdict, which is no pass if too little was compared. */
    Verdict verdict(Provenance provenance, String reproduce) {
        return new Verdict("gate runtime probe", results,
                errors().stream().map(error -> new Obstacle("the run", error)).toList(), provenance, reproduce, this);
    }

    private List<String> errors() {
        if (obstacle.isPresent()) {
            return List.of(obstacle.get());
        }
        if (notRun() > 0) {
            return List.of(shortfall());
        }
        return results.stream().noneMatch(each -> each.failed() || (each.passed() && each.name().startsWith(GOLDEN)))
                ? List.of("no golden case could be run: nothing was judged")
                : shortfalls;
    }

    private int notRun() {
        return Math.max(0, checks - results.size());
    }

    private String shortfall() {
        return notRun() + " of " + checks + " checks were not run";
    }

    /** Returns lines for standard error; the text for people says by itself how many checks were not run. */
    List<String> complaints(Verdict verdict, boolean json) {
        return verdict.complaints().stream().filter(line -> json || !line.equals(shortfall())).toList();
    }

    void print(Verdict verdict, PrintWriter out) {
        VerdictText text = new VerdictText(verdict, out);
        int all = Math.max(checks, results.size());
        text.printProblems(all);
        int missed = verdict.notEvaluated().size();
        text.printSummary(verdict.passed().size() + " of " + (all - missed)
                + " checks passed on " + library.getFileName() + ", " + missed + " not evaluated"
                + (notRun() == 0 ? "" : ", " + notRun() + " not run"));
    }

    @Override
    public void write(ObjectNode json, boolean whole) {
        json.put("library", library.toString()).put("checks", checks).put("run", results.size());
        ArrayNode all = json.putArray("results");
        for (Entry each : results) {
            ObjectNode one = all.addObject().put("check", each.name()).put("ok", each.passed())
                    .put("not_evaluated", each.notEvaluated().orElse(null));
            each.reasons().forEach(one.putArray("problems")::add);
        }
    }
}
