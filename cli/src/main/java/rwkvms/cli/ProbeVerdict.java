package rwkvms.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import rwkvms.probe.ProbeResult;
import rwkvms.report.Provenance;
import rwkvms.report.Verdict;

/**
 * What a library is worth.
 *
 * @param checks number of checks that should have been run
 */
record ProbeVerdict(Path library, int checks, List<ProbeResult> results, Provenance provenance, String reproduce) {
    private static final String INDENT = "            ";

    ProbeVerdict {
        results = List.copyOf(results);
    }

    private List<ProbeResult> failed() {
        return results.stream().filter(each -> !each.problems().isEmpty()).toList();
    }

    private List<ProbeResult> missed() {
        return results.stream().filter(each -> each.notEvaluated().isPresent()).toList();
    }

    private int notRun() {
        return checks - results.size();
    }

    /** What compares nothing does not pass. */
    int exitCode() {
        if (!failed().isEmpty() || notRun() > 0) {
            return Verdict.FAILED;
        }
        return results.stream().anyMatch(each -> each.passed() && each.name().startsWith("golden: "))
                ? Verdict.PASSED
                : Verdict.COULD_NOT_JUDGE;
    }

    /** For standard error. */
    List<String> errors() {
        List<ProbeResult> failed = failed();
        List<String> errors = new ArrayList<>();
        if (!failed.isEmpty()) {
            errors.add(failed.getFirst().name() + ": " + failed.getFirst().problems().getFirst()
                    + (failed.size() == 1 ? "" : " (and " + (failed.size() - 1) + " more that failed)"));
        }
        if (notRun() > 0) {
            errors.add(shortfall());
        }
        if (exitCode() == Verdict.COULD_NOT_JUDGE) {
            errors.add("no golden case could be run: nothing was judged");
        }
        return errors;
    }

    private String shortfall() {
        return notRun() + " of " + checks + " checks were not run";
    }

    /** By check, what is wrong. */
    Map<String, List<String>> problems() {
        Map<String, List<String>> problems = new LinkedHashMap<>();
        results.forEach(each -> problems.put(each.name(), each.problems()));
        if (notRun() > 0) {
            problems.put("the run", List.of(shortfall()));
        }
        return problems;
    }

    /** By check, why it was not evaluated. */
    Map<String, String> reasons() {
        Map<String, String> reasons = new LinkedHashMap<>();
        results.forEach(each -> each.notEvaluated().ifPresent(reason -> reasons.put(each.name(), reason)));
        return reasons;
    }

    void print(PrintWriter out) {
        failed().forEach(each -> {
            out.printf("%s  %s%n", Coloured.verdict(Verdict.FAILED), each.name());
            each.problems().forEach(problem -> out.printf(INDENT + "%s%n", problem));
        });
        reasons().forEach((name, reason) -> out.printf("%s  %s: %s%n", Coloured.notEvaluated(),
                name, reason));
        int missed = missed().size();
        out.printf(Locale.ROOT, "%s: %d of %d checks passed on %s%s%s%n", Coloured.verdict(exitCode()),
                results.size() - failed().size() - missed, checks - missed, library.getFileName(),
                missed == 0 ? "" : ", " + missed + " not evaluated",
                notRun() == 0 ? "" : ", " + notRun() + " not run");
    }

    ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("ok", exitCode() == Verdict.PASSED)
                .put("library", library.toString()).put("checks", checks).put("run", results.size());
        errors().forEach(json.putArray("errors")::add);
        ArrayNode all = json.putArray("results");
        for (ProbeResult each : results) {
            ObjectNode one = all.addObject().put("check", each.name()).put("ok", each.passed());
            each.notEvaluated().ifPresentOrElse(reason -> one.put("not_evaluated", reason),
                    () -> one.putNull("not_evaluated"));
            each.problems().forEach(one.putArray("problems")::add);
        }
        ObjectNode from = json.putObject("provenance");
        provenance.entries().forEach(from::put);
        return json.put("reproduce", reproduce);
    }
}
