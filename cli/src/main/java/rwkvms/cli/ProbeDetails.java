package rwkvms.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import rwkvms.diagnosis.Diagnosis;
import rwkvms.report.Details;
import rwkvms.report.DiagnosisReport;
import rwkvms.report.Entry;
import rwkvms.report.Obstacle;
import rwkvms.report.Provenance;
import rwkvms.report.Verdict;

/**
 * What {@code gate runtime probe} adds to its verdict: the checks of a library.
 *
 * @param checks     number of checks that should have been run
 * @param diagnoses  what the golden cases that failed have in common
 * @param obstacle   why they could not be run, or not all of them
 * @param shortfalls what else would have to be evaluated for a pass
 */
record ProbeDetails(Path library, int checks, List<Entry> results, List<Diagnosis> diagnoses,
        Optional<String> obstacle, List<String> shortfalls) implements Details {
    private static final String GOLDEN = "golden: ";

    ProbeDetails {
        results = List.copyOf(results);
        diagnoses = List.copyOf(diagnoses);
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
        DiagnosisReport.lines(diagnoses).forEach(out::println);
        VerdictText text = new VerdictText(verdict, out);
        int all = Math.max(checks, results.size());
        text.printProblems(all);
        text.printMistrusted();
        int missed = verdict.notEvaluated().size();
        long mistrusted = results.stream().filter(each -> !each.mistrusted().isEmpty()).count();
        text.printSummary(verdict.passed().size() + " of " + (all - missed)
                + " checks passed on " + library.getFileName()
                + (mistrusted == 0 ? "" : ", " + mistrusted + " mistrusted") + ", " + missed + " not evaluated"
                + (notRun() == 0 ? "" : ", " + notRun() + " not run"));
    }

    @Override
    public void write(ObjectNode json, boolean whole) {
        json.put("library", library.toString()).put("checks", checks).put("run", results.size());
        DiagnosisReport.write(json, diagnoses);
        ArrayNode all = json.putArray("results");
        for (Entry each : results) {
            ObjectNode one = all.addObject().put("check", each.name()).put("ok", each.passed())
                    .put("not_evaluated", each.notEvaluated().orElse(null));
            each.reasons().forEach(one.putArray("problems")::add);
            each.mistrusted().forEach(one.putArray("mistrusted")::add);
        }
    }

    @Override
    public String html() {
        return DiagnosisReport.html(diagnoses);
    }

    @Override
    public List<String> summary() {
        return DiagnosisReport.lines(diagnoses);
    }
}
