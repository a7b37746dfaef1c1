package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.fixtures.testing.Draws;
import rwkvms.hypotheses.Hypotheses;
import rwkvms.nativeruntime.NativeFiles;

/**
 * {@code gate runtime probe} on our library, with its hook and without, and on libraries that end, stall or compute wrong values.
 * ProbeFaultTests has others that are wrong in one way each.
 */
@Timeout(300)
class RuntimeProbeTests {
    private static final Draws DRAWS = Draws.ofBuild();
    private static final Path SHIM = NativeFiles.folder().resolveSibling("shim");

    /** Begun before all tests: it waits until its time is up, long enough for a slow machine to judge a case first. */
    private static final int STALLED_SECONDS = 10;
    private static final FutureTask<GateRun> STALLED = new FutureTask<>(() -> probe("faulty_stall", "--timeout",
            STALLED_SECONDS, "--report", RuntimeProbeTests.stalled));
    @TempDir
    private static Path stalled = Path.of("");

    @BeforeAll
    static void begin() {
        Thread.ofPlatform().start(STALLED);
    }

    @AfterAll
    static void end() throws Exception {
        STALLED.get();
    }

    private static Path library(String name) {
        return SHIM.resolve(System.mapLibraryName(name));
    }

    /** Probes with two cases: the longest one and the plainest. */
    private static GateRun probe(String name, Object... more) {
        Object[] start = {"runtime", "probe", library(name), "--fixture", GateRun.GOLDEN.resolve("basic"), "--fixture",
                GateRun.GOLDEN.resolve("chunk-rollover")};
        return GateRun.of(GateRun.with(start, more));
    }

    private static List<JsonNode> failed(JsonNode json) {
        return StreamSupport.stream(json.path("results").spliterator(), false)
                .filter(each -> !each.path("problems").isEmpty()).toList();
    }

    /** The plainest cases, the largest one, and every way to call a long one; with {@code -Pdraws} all golden cases. */
    @Test
    void ourLibraryConforms() throws Exception {
        Object[] all = {"runtime", "probe", NativeFiles.library(), "--json"};
        Object[] some = Stream.of("data/basic", "data/chunk-rollover", "data/real-size", "original/v1-basic",
                "data-long/tokens-64").flatMap(name -> Stream.of("--fixture", GateRun.GOLDEN.resolveSibling(name)))
                .toArray();
        GateRun run = GateRun.of(DRAWS.all() ? all : GateRun.with(all, some));

        assertThat(failed(run.json())).isEmpty();
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isEqualTo(ExitCode.PASSED);
        assertThat(run.json().path("checks").intValue()).isEqualTo(run.json().path("run").intValue())
                .isGreaterThan(DRAWS.all() ? 300 : 100);
        assertThat(run.json().path("provenance").fieldNames()).toIterable()
                .anyMatch(name -> name.startsWith("sha256 library: "));
    }

    @TestFactory
    Stream<DynamicTest> whatIsLeftOut() {
        return DRAWS.leftOut("a probe of our library with every golden case");
    }

    /** On two cases: what it computes is what our library computes. */
    @Test
    void ourLibraryConformsWithoutItsHook() {
        GateRun run = GateRun.of("runtime", "probe", library("rwkv_ms_ours"), "--fixture",
                GateRun.GOLDEN.resolve("basic"), "--fixture", GateRun.GOLDEN.resolve("heads-2"));

        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("not evaluated  golden: heads-2: ").doesNotContain("FAILED")
                .containsPattern(
                        "passed: (\\d+) of \\1 checks passed on librwkv_ms_ours\\.(so|dylib), 9 not evaluated");
        assertThat(run.code()).isEqualTo(ExitCode.PASSED);
    }

    /** A runtime that somebody else could have written, with several state heads: all of it is judged but the hook. */
    @Test
    void anAuthorsLibraryConformsWithItsStateHeads() throws Exception {
        GateRun run = probe("author", "--json", "--fixture", GateRun.GOLDEN.resolve("heads-2-semantics-2"), "--fixture",
                GateRun.GOLDEN.resolve("heads-4"));

        assertThat(failed(run.json())).isEmpty();
        assertThat(run.code()).isEqualTo(ExitCode.PASSED);
        assertThat(run.json().path("results")).filteredOn(each -> !each.path("not_evaluated").isNull())
                .isNotEmpty().allSatisfy(
                        each -> assertThat(each.path("check").textValue()).startsWith("hook: "));
    }

    /** Functions that are not implemented are listed and do not pass. */
    @Test
    void theStubIsNotJudged() throws Exception {
        GateRun run = probe("rwkv_ms_stub", "--json");

        assertThat(failed(run.json())).isEmpty();
        assertThat(run.code()).isEqualTo(ExitCode.COULD_NOT_JUDGE);
        assertThat(run.errors()).containsExactly("gate: no golden case could be run: nothing was judged");
        assertThat(run.json().path("results").findValuesAsText("not_evaluated"))
                .anyMatch(reason -> reason.contains("this runtime opens no sidecar yet"))
                .anyMatch(reason -> reason.contains("this runtime has no scan of its own yet"))
                .anyMatch(reason -> reason.startsWith("the sound sidecar is not opened either: RWKV_MS_E_UNSUPPORTED"));
    }

    private static void hasFailed(JsonNode json, String check, String problem) {
        assertThat(failed(json)).as("%s", failed(json)).anySatisfy(each -> {
            assertThat(each.path("check").textValue()).isEqualTo(check);
            assertThat(each.path("problems").get(0).textValue()).contains(problem);
        });
    }

    /** One summary stands before the list; what computed the values is another process. */
    @Test
    void theFailuresHaveASummary(@TempDir Path report) throws Exception {
        GateRun run = probe("faulty_sign", "--report", report);

        assertThat(run.code()).isEqualTo(ExitCode.FAILED);
        hasFailed(new ObjectMapper().readTree(report.resolve("verdict.json").toFile()), "golden: basic", "feature_a");
        assertThat(run.lines().get(0)).isEqualTo(
                "2 of 4 cases differ first in features, feature_a, from the first token on.");
        assertThat(run.lines().get(1))
                .isEqualTo("None of " + Hypotheses.ALL.size() + " hypotheses gives these values.");
        assertThat(Files.readString(report.resolve("summary.md"))).startsWith("# gate runtime probe\n\n2 of 4 cases");
        assertThat(Files.readString(report.resolve("annotations.txt"))).startsWith(
                "::error title=gate runtime probe::2 of 4 cases");
    }

    /** The checks after the one that it died in are run. */
    @Test
    void aCrashHidesNothingElse() throws Exception {
        GateRun run = probe("faulty_crash", "--json");

        assertThat(run.code()).isEqualTo(ExitCode.FAILED);
        JsonNode json = run.json();
        hasFailed(json, "golden: chunk-rollover", "the library crashed: signal 11 (SIGSEGV)");
        assertThat(failed(json)).hasSize(1);
        assertThat(json.path("run").intValue()).isEqualTo(json.path("checks").intValue());
    }

    /** The time is for all checks together: a second child does not get it again. */
    @Test
    void aStallEndsAsAFailure() throws Exception {
        GateRun run = STALLED.get();

        assertThat(run.code()).isEqualTo(ExitCode.FAILED);
        assertThat(run.out())
                .containsOnlyOnce("stalled: did not end within " + STALLED_SECONDS + " s and was killed")
                .containsOnlyOnce(" not run");
        assertThat(run.err()).doesNotContain("not run");
        assertThat(Files.readString(stalled.resolve("summary.md"))).startsWith("# gate runtime probe\n");
    }

    /** A library that ends the process while it is loaded has failed no check and passed none. */
    @Test
    void whatCannotBeLoadedIsNotJudged(@TempDir Path folder) throws Exception {
        Path ends = Files.copy(library("unruly"), folder.resolve("load-exit.so"));
        Path cut = Files.write(folder.resolve("cut.so"), Arrays.copyOf(Files.readAllBytes(ends), 100));

        GateRun run = GateRun.of("runtime", "probe", ends, "--fixture", GateRun.GOLDEN.resolve("basic"));
        assertThat(run.code()).isEqualTo(ExitCode.COULD_NOT_JUDGE);
        assertThat(run.errors()).containsExactly(
                "gate: " + ends + ": cannot be loaded: the library ended the process: exit code 0");
        assertThat(run.out())
                .startsWith("NOT JUDGED: 0 of 81 checks passed on load-exit.so, 0 not evaluated, 81 not run");
        GateRun second = GateRun.of("runtime", "probe", cut, "--json");
        assertThat(second.code()).isEqualTo(ExitCode.COULD_NOT_JUDGE);
        assertThat(second.json().path("errors")).singleElement().satisfies(error -> assertThat(error.textValue())
                .isEqualTo(cut + ": cannot be loaded: the file is cut short: found 100 bytes"));
    }

    /** Otherwise every fixture that is read later would be blamed. */
    @Test
    void whatLeavesAnotherRoundingModeIsNamed(@TempDir Path folder) throws Exception {
        Path rounds = Files.copy(library("unruly"), folder.resolve("call-tozero.so"));

        GateRun run = GateRun.of("runtime", "probe", rounds, "--fixture", GateRun.GOLDEN.resolve("chunk-rollover"));
        assertThat(run.code()).isEqualTo(ExitCode.FAILED);
        assertThat(run.out()).contains(
                "the library leaves another rounding mode: expected to the nearest, found toward zero");
        assertThat(run.out()).doesNotContain("sha256");
    }

    /** There is no pass if less than half of a part was evaluated, unless a list says what must be. */
    @Test
    void whatOpensNoSidecarPassesOnlyByAList(@TempDir Path folder) throws Exception {
        Path none = Files.copy(library("unruly"), folder.resolve("nosidecar.so"));
        Object[] probe = {"runtime", "probe", none, "--fixture", GateRun.GOLDEN.resolve("basic")};

        GateRun run = GateRun.of(probe);
        assertThat(run.code()).isEqualTo(ExitCode.COULD_NOT_JUDGE);
        assertThat(run.errors()).containsExactly(
                "gate: nosidecar.so: evaluated 0 of 20 sidecar checks, less than half; name what it must cover with"
                        + " --require FILE",
                "gate: nosidecar.so: evaluated 1 of 19 state checks, less than half; name what it must cover with"
                        + " --require FILE",
                "gate: nosidecar.so: evaluated 0 of 4 base checks, less than half; name what it must cover with"
                        + " --require FILE",
                "gate: nosidecar.so: evaluated 10 of 27 arguments checks, less than half; name what it must cover with"
                        + " --require FILE");
        Path list = Files.writeString(folder.resolve("list"), "golden: basic without sidecar\n");
        GateRun listed = GateRun.of(GateRun.with(probe, "--require", list, "--json"));
        assertThat(listed.code()).isEqualTo(ExitCode.PASSED);
        assertThat(listed.json().path("reproduce").textValue()).endsWith(" --require " + list);
        Files.writeString(list, "basic\nsidecar: magic\n");
        assertThat(GateRun.of(GateRun.with(probe, "--require", list)).errors())
                .containsExactly("gate: nosidecar.so: 2 required"
                        + " by --require " + list + " and not evaluated: golden: basic, sidecar: magic");
        Files.writeString(list, "basik\n");
        assertThat(GateRun.of(GateRun.with(probe, "--require", list)).errors()).containsExactly("gate: " + list
                + ": line 1: expected a check of this probe or a golden case, found 'basik'");
    }
}
