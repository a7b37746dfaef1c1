package rwkvms.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import rwkvms.probe.ProbeResult;
import rwkvms.report.Provenance;
import rwkvms.report.Verdict;

/**
 * What a library is worth.
 *
 * @param checks     number of checks that should have been run
 * @param obstacle   why the library could not be put to them, or not to all
 * @param shortfalls what more would have to be evaluated for a pass
 */
record ProbeVerdict(Path library, int checks, List<ProbeResult> results, Optional<String> obstacle,
        List<String> shortfalls, Provenance provenance, String reproduce) {
    private static final String GOLDEN = "golden: ";
    private static final String INDENT = "            ";

    ProbeVerdict {
        results = List.copyOf(results);
        shortfalls = List.copyOf(shortfalls);
    }

    private List<ProbeResult> failed() {
        return results.stream().filter(each -> !each.problems().isEmpty()).toList();
    }

    private List<ProbeResult> missed() {
        return results.stream().filter(each -> each.notEvaluated().isPresent()).toList();
    }

    private int notRun() {
        return Math.max(0, checks - results.size());
    }

    /** What compares nothing does not pass, nor what compares too little. */
    int exitCode() {
        if (!failed().isEmpty()) {
            return Verdict.FAILED;
        }
        if (obstacle.isPresent()) {
            return Verdict.COULD_NOT_JUDGE;
        }
        if (notRun() > 0) {
            return Verdict.FAILED;
        }
        return anyGolden() && shortfalls.isEmpty() ? Verdict.PASSED : Verdict.COULD_NOT_JUDGE;
    }

    private boolean anyGolden() {
        return results.stream().anyMatch(each -> each.passed() && each.name().startsWith(GOLDEN));
    }

    /** Everything that keeps it from passing. */
    List<String> errors() {
        List<String> errors = new ArrayList<>(complaints());
        if (notRun() > 0 && obstacle.isEmpty()) {
            errors.add(shortfall());
        }
        return errors;
    }

    /** The same for standard error; how many checks were not run is in the last line of standard output. */
    List<String> complaints() {
        List<ProbeResult> failed = failed();
        List<String> complaints = new ArrayList<>();
        if (!failed.isEmpty()) {
            complaints.add(failed.getFirst().name() + ": " + failed.getFirst().problems().getFirst()
                    + (failed.size() == 1 ? "" : " (and " + (failed.size() - 1) + " more that failed)"));
        }
        obstacle.ifPresent(complaints::add);
        if (notRun() == 0) {
            if (failed.isEmpty() && !anyGolden()) {
                complaints.add("no golden case could be run: nothing was judged");
            } else {
                complaints.addAll(shortfalls);
            }
        }
        return complaints;
    }

    private String shortfall() {
        return notRun() + " of " + checks + " checks were not run";
    }

    /** By check, what is wrong. */
    Map<String, List<String>> problems() {
        Map<String, List<String>> problems = new LinkedHashMap<>();
        results.forEach(each -> problems.put(each.name(), each.problems()));
        List<String> whole = new ArrayList<>();
        obstacle.ifPresent(whole::add);
        whole.addAll(notRun() > 0 ? List.of(shortfall()) : shortfalls);
        if (!whole.isEmpty()) {
            problems.put("the run", whole);
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
            out.printf(Locale.ROOT, "%s  %s%n", Coloured.verdict(Verdict.FAILED), each.name());
            each.problems().forEach(problem -> out.printf(Locale.ROOT, INDENT + "%s%n", problem));
        });
        reasons().forEach((name, reason) -> out.printf(Locale.ROOT, "%s  %s: %s%n", Coloured.notEvaluated(),
                name, reason));
        int missed = missed().size();
        out.printf(Locale.ROOT, "%s: %d of %d checks passed on %s, %d not evaluated%s%n", Coloured.verdict(exitCode()),
                results.size() - failed().size() - missed, Math.max(checks, results.size()) - missed,
                library.getFileName(),
                missed,
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
