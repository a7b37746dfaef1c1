package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The action, the step it runs, and the YAML of this repository and its pages. */
class ActionTests {
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final Pattern EXPRESSION = Pattern.compile("\\$\\{\\{ *inputs\\.([a-z]+) *}}");
    /** The maximum size of a job summary. */
    private static final int MIB = 1 << 20;

    @TempDir
    private Path folder;
    private Sandbox sandbox = new Sandbox(Path.of(""));
    private Path summary = Path.of("");

    @BeforeEach
    void checkout() throws Exception {
        sandbox = Sandbox.in(folder);
        summary = folder.resolve("step summary");
    }

    private static JsonNode yaml(String text) throws IOException {
        return YAML.readTree(text);
    }

    private static JsonNode action() throws IOException {
        return yaml(Files.readString(GateRun.ROOT.resolve("action.yml")));
    }

    private static List<JsonNode> steps(JsonNode of) {
        return StreamSupport.stream(of.path("steps").spliterator(), false).toList();
    }

    @Test
    void theActionIsComposite() throws IOException {
        JsonNode action = action();

        assertThat(action.at("/runs/using").textValue()).isEqualTo("composite");
        for (JsonNode step : steps(action.path("runs"))) {
            assertThat(step.has("run") ^ step.has("uses")).as("%s", step).isTrue();
            assertThat(step.has("shell")).as("%s", step).isEqualTo(step.has("run"));
            if (step.has("uses")) {
                assertThat(step.path("uses").textValue()).matches("actions/[a-z-]+@v\\d+");
            }
        }
        List<String> declared = new ArrayList<>();
        action.path("inputs").fieldNames().forEachRemaining(declared::add);
        Matcher used = EXPRESSION.matcher(action.toString());
        while (used.find()) {
            assertThat(declared).contains(used.group(1));
        }
        assertThat(declared).allSatisfy(name -> assertThat(action.toString()).contains("inputs." + name));
    }

    @Test
    void everyYamlParses() throws IOException {
        for (String workflow : List.of("gate.yml", "arm64.yml")) {
            assertThat(yaml(Files.readString(GateRun.ROOT.resolve(".github/workflows").resolve(workflow))).path("jobs"))
                    .as(workflow).isNotEmpty();
        }
        Matcher blocks = Pattern.compile("(?ms)^```yaml\\n(.*?)^```$")
                .matcher(Files.readString(GateRun.ROOT.resolve("docs/gate-a-fork-in-ci.md")));
        assertThat(blocks.find()).isTrue();
        JsonNode job = yaml(blocks.group(1)).at("/jobs/gate");
        JsonNode with = steps(job).getLast().path("with");
        with.fieldNames().forEachRemaining(name -> assertThat(with).isNotEmpty());
        with.fieldNames().forEachRemaining(name -> {
            try {
                assertThat(action().path("inputs").has(name)).as(name).isTrue();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    /** The workflow of this repository, without apt-get and the run of the whole suite. */
    @Test
    void theWorkflowChecksTheGoldenFixtures() throws Exception {
        JsonNode job = yaml(Files.readString(GateRun.ROOT.resolve(".github/workflows/gate.yml"))).at("/jobs/gate");
        List<String> lines = steps(job).stream().filter(step -> step.has("run"))
                .map(step -> step.path("run").textValue()).toList();
        assertThat(lines).hasSize(3).anyMatch(line -> line.startsWith(".ci/run "))
                .anyMatch(line -> line.startsWith("sudo apt-get "));
        String check = lines.stream().filter(line -> line.startsWith("./gate ")).findFirst().orElseThrow();

        GateRun run = sandbox.bash(check, Map.of());

        assertThat(run.code()).as(run.out()).isZero();
        assertThat(new ObjectMapper().readTree(folder.resolve("verdict.json").toFile()).path("ok").booleanValue())
                .isTrue();
    }

    private static String line(String name) throws IOException {
        return steps(action().path("runs")).stream().filter(each -> each.path("name").asText().equals(name)).findFirst()
                .orElseThrow().path("run").textValue();
    }

    private String key(Map<String, String> variables) throws Exception {
        Path output = Files.createTempFile(folder, "step", "output");
        Map<String, String> environment = new HashMap<>(variables);
        environment.put("GITHUB_OUTPUT", output.toString());

        GateRun run = sandbox.bash(line("Key of the cache"), environment);

        assertThat(run.code()).as(run.out()).isZero();
        return Files.readString(output);
    }

    @Test
    void theCacheHasAKey() throws Exception {
        assertThat(key(Map.of("GATE", GateRun.ROOT.toString()))).matches("key=[0-9a-f]{16}\n");
    }

    /** In a container the expression has the path of the host. */
    @Test
    void theCacheHasTheSameKeyInAContainer() throws Exception {
        assertThat(key(Map.of("GATE", "/not/here", "GITHUB_ACTION_PATH", GateRun.ROOT.toString())))
                .isEqualTo(key(Map.of("GATE", GateRun.ROOT.toString())));
    }

    /** Runs the installation on a machine that only has these programs, each of which prints its arguments. */
    private GateRun install(String user, String... programs) throws Exception {
        Path bin = Files.createDirectories(folder.resolve("bin"));
        BuiltCheckout.executable(bin.resolve("id"), "#!/bin/sh\necho " + user + "\n");
        for (String program : programs) {
            BuiltCheckout.executable(bin.resolve(program), "#!/bin/sh\necho " + program + " \"$@\"\n");
        }
        Files.createSymbolicLink(bin.resolve("bash"), Path.of("/bin/bash"));
        Files.createSymbolicLink(bin.resolve("sh"), Path.of("/bin/sh"));
        return sandbox.bash(line("Install what the build needs"), Map.of("PATH", bin.toString()));
    }

    @Test
    void aContainerNeedsNoSudo() throws Exception {
        GateRun run = install("0", "apt-get");

        assertThat(run.code()).as(run.out()).isZero();
        assertThat(run.out().lines()).containsExactly("apt-get update", "apt-get install --yes"
                + " --no-install-recommends cmake g++ make libssl-dev fontconfig fonts-dejavu-core maven npm");
    }

    @Test
    void aRunnerKeepsItsMavenAndItsNpm() throws Exception {
        GateRun run = install("1001", "apt-get", "sudo", "mvn", "npm");

        assertThat(run.code()).as(run.out()).isZero();
        assertThat(run.out().lines()).containsExactly("sudo apt-get update", "sudo apt-get install --yes"
                + " --no-install-recommends cmake g++ make libssl-dev fontconfig fonts-dejavu-core");
    }

    @Test
    void withoutAptGetItIsSaid() throws Exception {
        GateRun run = install("0");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out().lines()).containsExactly("::error::packages: expected apt-get, found none: install CMake,"
                + " g++, make, the headers of OpenSSL 3, fontconfig with a font, Maven and npm in a step before, and set packages"
                + " to false");
    }

    /** Tests here run every line of shell of the action. */
    @Test
    void everyLineOfShellIsKnown() throws IOException {
        assertThat(steps(action().path("runs")).stream().filter(step -> step.has("run"))
                .map(step -> step.path("name").textValue()))
                .containsExactly("Install what the build needs", "Key of the cache", "Gate");
    }

    /** Runs the action's own step, as the runner does. */
    private GateRun gateStep(String arguments) throws Exception {
        return gateStep(arguments, "");
    }

    private GateRun gateStep(String arguments, String baseline) throws Exception {
        return sandbox.bash(line("Gate"), Map.of("GATE", folder.toString(), "REPORT", "gate-report", "ARGUMENTS",
                arguments, "BASELINE", baseline, "GITHUB_ACTIONS", "true", "GITHUB_STEP_SUMMARY", summary.toString()));
    }

    /** It leaves a baseline, with which the next step says how accurate its run is. */
    @Test
    void aPassedStepAndAStepWithItsBaseline() throws Exception {
        GateRun run = gateStep("check --fixture golden/data/basic --write-baseline 'my baseline'");

        assertThat(run.code()).as(run.out()).isZero();
        assertThat(run.out()).doesNotContain("::error");
        assertThat(Files.readString(summary)).startsWith("# RWKV-MS gate: passed");
        assertThat(folder.resolve("gate-report/junit.xml")).content().contains("tests=\"1\" failures=\"0\"");
        assertThat(new ObjectMapper().readTree(folder.resolve("gate-report/verdict.json").toFile()).path("ok")
                .booleanValue()).isTrue();

        GateRun next = gateStep("check --fixture golden/data/basic", "my baseline");

        assertThat(next.code()).as(next.out()).isZero();
        assertThat(summary).content().contains("## accuracy since my baseline: same", "| native | CPU | scan | ");
    }

    /** The gate's own fixture is no file of the checkout whose job this is. */
    @Test
    void aFailedStepIsAnnotatedWithStageAndTensor() throws Exception {
        GateRun run = gateStep("check --fixture golden/data/basic --rtol 0 --atol 0");

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).containsPattern("(?m)^::error title=gate check%3A basic on"
                + " native::projection, memory_[a-z]+\\[0, \\d, \\d\\] \\(token \\d, layer 0\\): expected .*%0Areproduce: ");
        assertThat(Files.readString(summary)).startsWith("# RWKV-MS gate: FAILED");
    }

    /** No part of the arguments is taken for shell. */
    @Test
    void argumentsAreWords() throws Exception {
        GateRun run = gateStep("check --fixture $(touch${IFS}taken) ; touch taken *");

        assertThat(run.code()).isEqualTo(64);
        assertThat(folder.resolve("taken")).doesNotExist();
    }

    @Test
    void argumentsWithBlanksStandInQuotes() throws Exception {
        Files.createSymbolicLink(folder.resolve("my case"), folder.resolve("golden/data/basic"));

        GateRun run = gateStep("check\n--fixture 'my case'\n");

        assertThat(run.code()).as(run.out()).isZero();
        assertThat(gateStep("check --fixture \"my case\" --runtime reference").code()).isZero();
    }

    @Test
    void quotesThatDoNotCloseAreNamed() throws Exception {
        GateRun run = gateStep("check --fixture 'my case");

        assertThat(run.code()).isEqualTo(64);
        assertThat(run.out()).contains("::error::arguments: expected words, with quotes that close, found: check"
                + " --fixture 'my case");
    }

    @Test
    void theSummaryFitsWhateverFails() throws Exception {
        Path executable = folder.resolve("liar/test-rwkv-ms-fixture");
        Files.createDirectories(executable.getParent());
        Files.writeString(executable, "#!/bin/sh\nhead -c 60000 /dev/zero | tr '\\0' z\nexit 1\n");
        assertThat(executable.toFile().setExecutable(true)).isTrue();

        GateRun run = gateStep("fork --bin liar --fixture golden/data/basic");

        assertThat(run.code()).isEqualTo(1);
        assertThat(Files.size(summary)).isBetween(1000L, (long) MIB);
        assertThat(run.out().lines().filter(line -> line.startsWith("::error"))).singleElement().asString()
                .contains("15 say the same").hasSizeLessThan(2000);
    }

    @Test
    void outsideOfGithubNothingIsPrintedForIt() throws Exception {
        GateRun run = sandbox.bash(".ci/gate-step r check --fixture golden/data/basic --rtol 0 --atol 0", Map.of());

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).doesNotContain("::error");
        assertThat(folder.resolve("r/annotations.txt")).content().startsWith("::error ");
        assertThat(sandbox.bash(".ci/gate-step", Map.of()).code()).isEqualTo(64);
    }
}
