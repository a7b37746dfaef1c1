package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.fixtures.testing.Draws;
import rwkvms.fixtures.testing.SharedCases;
import rwkvms.nativeruntime.NativeFiles;

/** {@code gate fork} on our own executable, and on ones that lie, crash, stall and talk. */
@Timeout(300)
class ForkCommandTests {
    private static final Path OURS = NativeFiles.folder().resolveSibling("bin");
    private static final Draws DRAWS = Draws.ofBuild();
    private static final Path BASIC = GateRun.GOLDEN.resolve("basic");
    private static final String LINE = "{\"ok\":%s,\"compared\":33,\"sidecar\":true,\"max_abs_diff\":1e-06}";

    @TempDir
    private Path folder;

    private Path script(String body) throws IOException {
        Path file = folder.resolve("test-rwkv-ms-fixture");
        Files.writeString(file, "#!/bin/sh\n" + body + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
        return folder;
    }

    private GateRun fork(String body, Object... more) throws IOException {
        return GateRun.of(GateRun.with(new Object[]{"fork", "--bin", script(body), "--fixture", BASIC}, more));
    }

    /** FixtureProgramTests compares what the executable says of every case; {@code -Pdraws} asks {@code gate fork} too. */
    @TestFactory
    Stream<DynamicTest> allGoldenCases() {
        return DRAWS.all()
                ? Stream.of(DynamicTest.dynamicTest("ours agrees", ForkCommandTests::ourOwnAgreesOnAllGoldenCases))
                : DRAWS.leftOut("gate fork on our own executable with every golden case");
    }

    private static void ourOwnAgreesOnAllGoldenCases() throws Exception {
        JsonNode json = ourOwnAgrees("fork", "--bin", OURS, "--json");

        assertThat(json.path("judged").intValue()).isGreaterThan(120);
        assertThat(json.path("not_evaluated").findValuesAsText("case")).contains("heads-2", "heads-4");
    }

    @ParameterizedTest
    @ValueSource(strings = {"chunk-rollover", "semantics-2", "real-size"})
    void ourOwnAgreesOn(String name) throws Exception {
        ourOwnAgrees("fork", "--bin", OURS, "--json", "--fixture", GateRun.GOLDEN.resolve(name));
    }

    private static JsonNode ourOwnAgrees(Object... arguments) throws Exception {
        GateRun run = GateRun.of(arguments);
        JsonNode json = run.json();

        assertThat(json.path("errors")).isEmpty();
        assertThat(run.code()).isEqualTo(ExitCode.PASSED);
        assertThat(json.path("ok").booleanValue()).isTrue();
        assertThat(json.path("judged").intValue()).isEqualTo(json.path("expected").intValue()).isPositive();
        assertThat(json.path("reproduce").textValue()).contains(" fork --bin ");
        assertThat(json.path("provenance").path("sha256 executable: test-rwkv-ms-fixture").textValue()).hasSize(64);
        return json;
    }

    /** The executable prints what the published project's prints. */
    @TestFactory
    Stream<DynamicTest> thePublishedFixtureWithoutWeights() {
        return SharedCases.ofBuild().withUpstream("rwkv_ms_math_fixture.json",
                fixture -> Stream.of(DynamicTest.dynamicTest("published", () -> {
                    GateRun run = GateRun.ofProcess(OURS, Map.of(), OURS.resolve("test-rwkv-ms-fixture").toString(),
                            fixture.toString(), "1e-5", "1e-5");
                    assertThat(run.out()).isEqualTo(
                            "{\"ok\":true,\"compared\":11,\"sidecar\":false,\"max_abs_diff\":5.96046448e-08}\n");
                    assertThat(run.code()).isZero();
                })));
    }

    @Test
    void aPassIsOneLine() throws Exception {
        GateRun run = GateRun.of("fork", "--bin", OURS, "--fixture", BASIC);

        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isEqualTo(ExitCode.PASSED);
        assertThat(run.out()).isEqualToNormalizingNewlines("passed: 39 of 39 answers of test-rwkv-ms-fixture agree: 2"
                + " ok, 13 differences and 24 refusals, 0 not evaluated\n");
    }

    @Test
    void aLiarThatAlwaysSaysOkIsFound() throws Exception {
        GateRun run = fork("echo '" + LINE.formatted("true") + "'", "--json");

        assertThat(run.code()).isEqualTo(ExitCode.FAILED);
        JsonNode cases = run.json().path("cases");
        for (JsonNode each : cases) {
            String wanted = each.path("wanted").textValue();
            boolean withSidecar = !each.path("case").textValue().contains("without sidecar");
            assertThat(each.path("ok").booleanValue()).as("%s", each).isEqualTo(wanted.equals("ok") && withSidecar);
        }
        assertThat(run.errors()).singleElement().asString().startsWith("gate: basic without sidecar: sidecar: expected"
                + " false, found true (and ");
    }

    @Test
    void oneThatNeverSaysOkIsFound() throws Exception {
        GateRun run = fork("echo '" + LINE.formatted("false") + "'; exit 1");

        assertThat(run.code()).isEqualTo(ExitCode.FAILED);
        assertThat(run.out())
                .contains("FAILED  basic\n            expected ok (our runtime passes it), found ok false\n"
                        + "            | {\"ok\":false,")
                .contains("            called: " + folder)
                .contains("\nreproduce: ");
    }

    @Test
    void aStallIsKilledAndThreeAreEnough() throws Exception {
        GateRun run = fork("sleep 600", "--timeout", "1", "--json");

        assertThat(run.code()).isEqualTo(ExitCode.FAILED);
        assertThat(run.json().path("cases")).hasSize(3);
        assertThat(run.json().path("expected").intValue()).isEqualTo(39);
        assertThat(run.json().path("cases").get(0).path("problems").get(0).textValue())
                .isEqualTo("stalled: did not end within 1 s and was killed");
        assertThat(run.json().path("cases").get(0).path("exit_code").isNull()).isTrue();
        assertThat(run.errors().getFirst()).isEqualTo("gate: expected 39 calls, made 3: the executable stalled too"
                + " often, the rest was not run");
    }

    @Test
    void garbageIsNoAnswer() throws Exception {
        GateRun run = fork("head -c 3000 /dev/zero | tr '\\0' 'x'");

        assertThat(run.code()).isEqualTo(ExitCode.FAILED);
        assertThat(run.out()).contains("expected one line of JSON on standard output, found: xxxx")
                .contains("... (exit code 0)");
    }

    @Test
    void aReportOfAFailure() throws Exception {
        Path report = folder.resolve("report");
        GateRun run = fork("exit 3", "--report", report);

        assertThat(run.code()).isEqualTo(ExitCode.FAILED);
        assertThat(Files.readString(report.resolve("summary.md"))).startsWith("# gate fork\n\n- **FAILED**: `basic`\n"
                + "  - expected one line of JSON on standard output, found nothing (exit code 3)\n");
        JsonNode verdict = new ObjectMapper().readTree(report.resolve("verdict.json").toFile());
        assertThat(verdict.path("ok").booleanValue()).isFalse();
        assertThat(report.resolve("allure-results")).isNotEmptyDirectory();
    }

    @Test
    void withoutAnExecutableNothingIsJudged() throws Exception {
        GateRun absent = GateRun.of("fork", "--bin", folder);
        assertThat(absent.code()).isEqualTo(ExitCode.COULD_NOT_JUDGE);
        assertThat(absent.errors()).containsExactly("gate: " + folder.resolve("test-rwkv-ms-fixture")
                + ": expected a readable file, found none");

        Files.writeString(folder.resolve("test-rwkv-ms-fixture"), "");
        assertThat(GateRun.of("fork", "--bin", folder).errors()).containsExactly("gate: "
                + folder.resolve("test-rwkv-ms-fixture")
                + ": expected an executable file, found one that is not; chmod +x it");
        assertThat(GateRun.of("fork", "--bin", folder.resolve("none")).errors())
                .containsExactly("gate: " + folder.resolve("none") + ": expected a folder, found none");
    }

    @Test
    void whatOurRuntimeDoesNotEvaluateJudgesNothing() throws Exception {
        Path report = folder.resolve("report");
        GateRun run = GateRun.of("fork", "--bin", OURS, "--fixture", GateRun.GOLDEN.resolve("heads-2"), "--report",
                report);

        assertThat(run.code()).isEqualTo(ExitCode.COULD_NOT_JUDGE);
        assertThat(run.errors()).containsExactly("gate: no case that our own runtime passes: nothing was judged");
        assertThat(run.out()).contains("not evaluated  heads-2: ").contains("NOT JUDGED: 0 of 0 answers");
        assertThat(report.resolve("summary.md")).content().contains("- not evaluated: `heads-2`\n  - ");
    }
}
