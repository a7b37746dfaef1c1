package rwkvms.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import rwkvms.live.preflight.ConfigFiles;
import rwkvms.live.preflight.CorrectedCommand;
import rwkvms.live.preflight.Launch;
import rwkvms.live.preflight.LaunchFinding;
import rwkvms.live.preflight.LauncherVariables;
import rwkvms.live.preflight.Preflight;
import rwkvms.report.Details;
import rwkvms.report.Entry;
import rwkvms.report.Outcome;
import rwkvms.report.Verdict;

/** {@code gate preflight -- llama-server ARGS…}: checks whether a launch runs a sidecar as it must. */
@Command(name = "preflight", description = {"Says what is wrong with a launch of llama-server before it runs.",
        "The whole command follows --. If it is empty or begins with an option, the variables of the launcher "
                + "(LLAMA_PARALLEL, GGUF_RWKV_MS_SIDECAR_PATH, ...) are judged with those extra arguments.",
        "All settings in variables and in llama.cpp's config.ini, the system's and the user's, are judged. What the server "
                + "would read and the gate does not know is named; if nothing is wrong then, the exit code is 2."})
final class PreflightCommand extends GateCommand {
    @Option(names = "--env", paramLabel = "NAME=VALUE", description = "Sets a variable, beside or instead of the shell's.")
    private Map<String, String> variables = new LinkedHashMap<>();

    @Option(names = "--clean-env", description = "Judges only the variables of --env.")
    private boolean cleanEnvironment;

    @Option(names = "--system-config", paramLabel = "FILE", description = "Instead of /etc/llama.cpp/config.ini: "
            + "the file of the machine or container that will run the server. The user's follows XDG_CONFIG_HOME and HOME.")
    private Path systemConfig = ConfigFiles.SYSTEM;

    @Option(names = "--corrected", description = "Prints the command as it should be.")
    private boolean corrected;

    @Parameters(paramLabel = "WORD", description = "The command, after --.")
    private List<String> words = List.of();

    @Override
    public Integer call() throws IOException {
        Map<String, String> environment = new LinkedHashMap<>(cleanEnvironment ? Map.of() : System.getenv());
        environment.putAll(variables);
        boolean launcher = words.isEmpty() || words.getFirst().startsWith("-");
        ConfigFiles files = ConfigFiles.of(environment, systemConfig);
        Launch launch = launcher
                ? LauncherVariables.launch(words, environment, files)
                : Launch.of(words, environment, systemConfig);
        List<LaunchFinding> findings = launcher
                ? Preflight.checkLauncher(words, environment, files)
                : Preflight.check(launch);
        LaunchDetails details = new LaunchDetails(launch, findings, CorrectedCommand.line(CorrectedCommand.of(launch)));
        return tell(details.verdict(), (verdict, out) -> print(details, verdict, out),
                List.of());
    }

    private void print(LaunchDetails details, Verdict verdict, PrintWriter out) {
        details.findings().forEach(out::println);
        String program = details.launch().program();
        if (corrected) {
            out.println(details.better());
        } else if (details.findings().isEmpty()) {
            new VerdictText(verdict, out).printSummary(program
                    + (details.launch().runsSidecar() ? " runs the sidecar as it must" : " runs no sidecar"));
        } else if (verdict.failed().isEmpty() && !verdict.ok()) {
            new VerdictText(verdict, out).printSummary(program + ": "
                    + verdict.notEvaluated().size() + " not evaluated");
        }
    }

    /** What {@code gate preflight} adds to its verdict: the findings about a launch. */
    private record LaunchDetails(Launch launch, List<LaunchFinding> findings, String better) implements Details {
        /** Returns one entry per finding that keeps it from passing, or one that passes. */
        Verdict verdict() {
            List<Entry> entries = new ArrayList<>();
            for (LaunchFinding finding : findings) {
                if (finding.refuses() || finding.misses()) {
                    entries.add(new Entry(finding.place(), finding.misses()
                            ? new Outcome.NotEvaluated(finding.text())
                            : new Outcome.Failed(finding.text())));
                }
            }
            if (entries.isEmpty()) {
                entries.add(new Entry(launch.program(), new Outcome.Passed()));
            }
            return new Verdict("gate preflight", entries, List.of(), GateVersion.provenance(), "", this);
        }

        @Override
        public void write(ObjectNode json, boolean whole) {
            ArrayNode missed = json.putArray("not_evaluated");
            findings.stream().filter(LaunchFinding::misses).map(LaunchFinding::message).forEach(missed::add);
            json.put("sidecar", launch.runsSidecar());
            ArrayNode all = json.putArray("findings");
            for (LaunchFinding finding : findings) {
                all.addObject().put("rule", finding.rule().name()).put("refuses", finding.refuses())
                        .put("evaluated", !finding.misses()).put("place", finding.place())
                        .put("expected", finding.expected()).put("found", finding.found())
                        .put("reason", finding.rule().reason());
            }
            json.put("corrected", better);
        }
    }
}
