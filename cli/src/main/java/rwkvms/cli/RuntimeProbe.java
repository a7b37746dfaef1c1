package rwkvms.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import rwkvms.golden.CaseFiles;
import rwkvms.probe.Probe;
import rwkvms.probe.ProbeResult;
import rwkvms.report.Provenance;
import rwkvms.report.Verdict;

/** {@code gate runtime probe LIBRARY}: what a library implements, and whether it is right. */
@Command(name = "probe", description = {
        "Puts a library that exports rwkv_ms.h to every check, in a process of its own.",
        "Its exports and struct layouts, every golden case, every damaged sidecar, and the contract of saved states."})
final class RuntimeProbe implements Callable<Integer> {
    private static final String INDENT = "            ";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Parameters(paramLabel = "LIBRARY", description = "The shared library.")
    @SuppressWarnings("NullAway.Init") // a required parameter
    private Path library;

    @Option(names = "--fixture", paramLabel = "FOLDER", description = "Cases of yours instead of the golden ones: folders with fixture, sidecar.gguf and base.gguf.")
    private List<Path> fixtures = List.of();

    @Option(names = "--timeout", paramLabel = "SECONDS", description = "Time of all checks together, default 120; after a stall another child begins.")
    private int seconds = 120;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (seconds < 1) {
            throw new ParameterException(spec.commandLine(), "--timeout: expected at least 1 second, found " + seconds);
        }
        RuntimeChoice.requireLibrary(InputFiles.readable(library));
        Path work = Files.createTempDirectory("gate-probe");
        try {
            Probe probe = new Probe(library, cases(), Duration.ofSeconds(seconds), work);
            List<ProbeResult> results = probe.run();
            return tell(results, probe.checks());
        } finally {
            TemporaryFolder.delete(work);
        }
    }

    private List<CaseFiles> cases() throws IOException {
        if (fixtures.isEmpty()) {
            return GoldenFolder.cases();
        }
        List<CaseFiles> cases = new ArrayList<>();
        for (Path folder : fixtures) {
            cases.add(GoldenFolder.named(folder));
        }
        return cases;
    }

    private int tell(List<ProbeResult> results, int checks) throws IOException {
        List<ProbeResult> failed = results.stream().filter(each -> !each.problems().isEmpty()).toList();
        List<ProbeResult> missed = results.stream().filter(each -> each.notEvaluated().isPresent()).toList();
        int notRun = checks - results.size();
        int passed = results.size() - failed.size() - missed.size();
        int code = code(results, failed.isEmpty() && notRun == 0);
        List<String> errors = new ArrayList<>();
        if (!failed.isEmpty()) {
            errors.add(failed.getFirst().name() + ": " + failed.getFirst().problems().getFirst()
                    + (failed.size() == 1 ? "" : " (and " + (failed.size() - 1) + " more that failed)"));
        }
        if (notRun > 0) {
            errors.add(notRun + " of " + checks + " checks were not run");
        }
        if (code == Verdict.COULD_NOT_JUDGE) {
            errors.add("no golden case could be run: nothing was judged");
        }
        ObjectNode json = json(results, errors, code, checks);
        PrintWriter out = spec.commandLine().getOut();
        if (common.json()) {
            out.println(json);
        } else {
            failed.forEach(each -> print(out, each));
            missed.forEach(each -> out.printf("%s  %s: %s%n", Ansi.AUTO.string("@|yellow not evaluated|@"), each.name(),
                    each.notEvaluated().orElse("")));
            out.printf(Locale.ROOT, "%s: %d of %d checks passed on %s%s%s%n",
                    word(code), passed,
                    checks - missed.size(), library.getFileName(),
                    missed.isEmpty() ? "" : ", " + missed.size() + " not evaluated",
                    notRun == 0 ? "" : ", " + notRun + " not run");
        }
        Map<String, List<String>> problems = new LinkedHashMap<>();
        results.forEach(each -> problems.put(each.name(), each.problems()));
        if (notRun > 0) {
            problems.put("the run", List.of(errors.getLast()));
        }
        Map<String, String> reasons = new LinkedHashMap<>();
        missed.forEach(each -> reasons.put(each.name(), each.notEvaluated().orElse("")));
        common.leave("gate runtime probe", problems, reasons, json);
        out.flush();
        errors.forEach(error -> spec.commandLine().getErr().println("gate: " + error));
        return code;
    }

    /** What compares nothing does not pass. */
    private static int code(List<ProbeResult> results, boolean sound) {
        if (!sound) {
            return Verdict.FAILED;
        }
        return results.stream().anyMatch(each -> each.passed() && each.name().startsWith("golden: "))
                ? Verdict.PASSED
                : Verdict.COULD_NOT_JUDGE;
    }

    private static String word(int code) {
        return Ansi.AUTO.string(switch (code) {
            case Verdict.PASSED -> "@|green passed|@";
            case Verdict.FAILED -> "@|bold,red FAILED|@";
            default -> "@|bold,yellow NOT JUDGED|@";
        });
    }

    private static void print(PrintWriter out, ProbeResult failed) {
        out.printf("%s  %s%n", Ansi.AUTO.string("@|bold,red FAILED|@"), failed.name());
        failed.problems().forEach(problem -> out.printf(INDENT + "%s%n", problem));
    }

    private ObjectNode json(List<ProbeResult> results, List<String> errors, int code, int checks) throws IOException {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("ok", code == Verdict.PASSED)
                .put("library", library.toString()).put("checks", checks).put("run", results.size());
        errors.forEach(json.putArray("errors")::add);
        ArrayNode all = json.putArray("results");
        for (ProbeResult each : results) {
            ObjectNode one = all.addObject().put("check", each.name()).put("ok", each.passed());
            each.notEvaluated().ifPresentOrElse(reason -> one.put("not_evaluated", reason),
                    () -> one.putNull("not_evaluated"));
            each.problems().forEach(one.putArray("problems")::add);
        }
        ObjectNode from = json.putObject("provenance");
        Provenance.ofThisMachine().with("gate", GateVersion.text()).withFile("library", library).entries()
                .forEach(from::put);
        Reproduce line = new Reproduce("runtime probe").argument(Reproduce.fromHere(library));
        fixtures.forEach(folder -> line.with("--fixture", Reproduce.fromHere(folder)));
        return json.put("reproduce", line.toString());
    }
}
