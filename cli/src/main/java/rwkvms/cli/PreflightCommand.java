package rwkvms.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
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
import rwkvms.preflight.ConfigFiles;
import rwkvms.preflight.CorrectedCommand;
import rwkvms.preflight.Launch;
import rwkvms.preflight.LaunchFinding;
import rwkvms.preflight.LauncherVariables;
import rwkvms.preflight.Preflight;
import rwkvms.report.Verdict;

/** {@code gate preflight -- llama-server ARGS…}: whether a launch runs a sidecar as it must be run. */
@Command(name = "preflight", description = {"Says what is wrong with a launch of llama-server before it runs.",
        "Behind -- stands the whole command; where that is nothing, or begins with an option, the variables of the "
                + "launcher (LLAMA_PARALLEL, GGUF_RWKV_MS_SIDECAR_PATH, ...) are judged, with those extra arguments.",
        "Of variables and of llama.cpp's config.ini, the system's and the user's, all settings are judged. What the server "
                + "would read and nobody has judged is named; then, if nothing is wrong, the exit code is 2."})
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

    @Option(names = "--system-config", paramLabel = "FILE", description = "Instead of /etc/llama.cpp/config.ini: "
            + "that of the machine or the container where the server will run. The user's follows XDG_CONFIG_HOME and HOME.")
    private Path systemConfig = ConfigFiles.SYSTEM;

    @Option(names = "--corrected", description = "Prints the command as it should be.")
    private boolean corrected;

    @Parameters(paramLabel = "WORD", description = "The command, behind --.")
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
        List<String> refusals = findings.stream().filter(LaunchFinding::refuses).map(LaunchFinding::message).toList();
        List<String> missed = findings.stream().filter(LaunchFinding::misses).map(LaunchFinding::message).toList();
        int code = code(refusals, missed);
        String better = CorrectedCommand.line(CorrectedCommand.of(launch));
        ObjectNode json = json(launch, findings, code, better);
        if (common.json()) {
            spec.commandLine().getOut().println(json);
        } else {
            print(launch, findings, missed, better);
        }
        Map<String, String> reasons = missed.isEmpty() ? Map.of() : Map.of(launch.program(), String.join("\n", missed));
        common.leave("gate preflight", Map.of(launch.program(), refusals), reasons, json);
        return code;
    }

    private static int code(List<String> refusals, List<String> missed) {
        if (!refusals.isEmpty()) {
            return Verdict.FAILED;
        }
        return missed.isEmpty() ? Verdict.PASSED : Verdict.COULD_NOT_JUDGE;
    }

    private void print(Launch launch, List<LaunchFinding> findings, List<String> missed, String better) {
        PrintWriter out = spec.commandLine().getOut();
        findings.forEach(out::println);
        if (corrected) {
            out.println(better);
        } else if (findings.isEmpty()) {
            out.println("passed: " + launch.program()
                    + (launch.runsSidecar() ? " runs the sidecar as it must" : " runs no sidecar"));
        } else if (findings.stream().noneMatch(LaunchFinding::refuses) && !missed.isEmpty()) {
            out.println("NOT JUDGED: of what " + launch.program() + " reads, " + missed.size() + " not evaluated");
        }
    }

    private static ObjectNode json(Launch launch, List<LaunchFinding> findings, int code, String better) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("ok", code == Verdict.PASSED);
        ArrayNode errors = json.putArray("errors");
        findings.stream().filter(LaunchFinding::refuses).map(LaunchFinding::message).forEach(errors::add);
        ArrayNode missed = json.putArray("not_evaluated");
        findings.stream().filter(LaunchFinding::misses).map(LaunchFinding::message).forEach(missed::add);
        json.put("sidecar", launch.runsSidecar());
        ArrayNode all = json.putArray("findings");
        for (LaunchFinding finding : findings) {
            all.addObject().put("rule", finding.rule().name()).put("refuses", finding.refuses())
                    .put("evaluated", !finding.misses())
                    .put("place", finding.place()).put("expected", finding.expected()).put("found", finding.found())
                    .put("reason", finding.rule().reason());
        }
        return json.put("corrected", better);
    }
}
