package rwkvms.cli;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import rwkvms.preflight.CorrectedCommand;
import rwkvms.preflight.Launch;
import rwkvms.preflight.LaunchFinding;
import rwkvms.preflight.LauncherVariables;
import rwkvms.preflight.Preflight;
import rwkvms.report.Verdict;

/** {@code gate preflight -- llama-server ARGS…}: whether a launch runs a sidecar as it must be run. */
@Command(name = "preflight", description = {"Says what is wrong with a launch of llama-server before it runs.",
        "Behind -- stands the whole command; where that is nothing, or begins with an option, the variables of the "
                + "launcher (LLAMA_PARALLEL, GGUF_RWKV_MS_SIDECAR_PATH, ...) are judged, with those extra arguments."})
final class PreflightCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Option(names = "--env", paramLabel = "NAME=VALUE", description = "A variable, beside or instead of the shell's.")
    private Map<String, String> variables = new LinkedHashMap<>();

    @Option(names = "--clean-env", description = "Of the variables only those of --env.")
    private boolean cleanEnvironment;

    @Option(names = "--corrected", description = "Prints the command as it should be.")
    private boolean corrected;

    @Parameters(paramLabel = "WORD", description = "The command, behind --.")
    private List<String> words = List.of();

    @Override
    public Integer call() throws IOException {
        Map<String, String> environment = new LinkedHashMap<>(cleanEnvironment ? Map.of() : System.getenv());
        environment.putAll(variables);
        boolean launcher = words.isEmpty() || words.getFirst().startsWith("-");
        Launch launch = launcher ? LauncherVariables.launch(words, environment) : Launch.of(words, environment);
        List<LaunchFinding> findings = launcher
                ? Preflight.checkLauncher(words, environment)
                : Preflight.check(launch);
        List<String> refusals = findings.stream().filter(LaunchFinding::refuses).map(LaunchFinding::message).toList();
        String better = CorrectedCommand.line(CorrectedCommand.of(launch));
        ObjectNode json = json(launch, findings, refusals, better);
        if (common.json()) {
            spec.commandLine().getOut().println(json);
        } else {
            findings.forEach(spec.commandLine().getOut()::println);
            if (corrected) {
                spec.commandLine().getOut().println(better);
            } else if (findings.isEmpty()) {
                spec.commandLine().getOut().println("passed: " + launch.program()
                        + (launch.runsSidecar() ? " runs the sidecar as it must" : " runs no sidecar"));
            }
        }
        common.leave("gate preflight", Map.of(launch.program(), refusals), json);
        return refusals.isEmpty() ? Verdict.PASSED : Verdict.FAILED;
    }

    private static ObjectNode json(Launch launch, List<LaunchFinding> findings, List<String> refusals, String better) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("ok", refusals.isEmpty());
        refusals.forEach(json.putArray("errors")::add);
        json.put("sidecar", launch.runsSidecar());
        ArrayNode all = json.putArray("findings");
        for (LaunchFinding finding : findings) {
            all.addObject().put("rule", finding.rule().name()).put("refuses", finding.refuses())
                    .put("place", finding.place()).put("expected", finding.expected()).put("found", finding.found())
                    .put("reason", finding.rule().reason());
        }
        return json.put("corrected", better);
    }
}
