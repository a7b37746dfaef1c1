package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.StreamSupport;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.nativeruntime.NativeFiles;
import rwkvms.report.Verdict;

/** {@code gate runtime probe} on our library, on the template over it, and on libraries that are wrong in one way each. */
@Timeout(300)
class RuntimeProbeTests {
    private static final Path SHIM = NativeFiles.folder().resolveSibling("shim");

    private static Path library(String name) {
        return SHIM.resolve(System.mapLibraryName(name));
    }

    /** On two cases: the longest one and the plainest. */
    private static GateRun probe(String name, Object... more) {
        Object[] start = {"runtime", "probe", library(name), "--fixture", GateRun.GOLDEN.resolve("basic"), "--fixture",
                GateRun.GOLDEN.resolve("chunk-rollover")};
        Object[] all = Arrays.copyOf(start, start.length + more.length);
        System.arraycopy(more, 0, all, start.length, more.length);
        return GateRun.of(all);
    }

    private static List<JsonNode> failed(JsonNode json) {
        return StreamSupport.stream(json.path("results").spliterator(), false)
                .filter(each -> !each.path("problems").isEmpty()).toList();
    }

    @Test
    void ourLibraryConforms() throws Exception {
        GateRun run = GateRun.of("runtime", "probe", NativeFiles.library(), "--json");

        assertThat(failed(run.json())).isEmpty();
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isEqualTo(Verdict.PASSED);
        assertThat(run.json().path("checks").intValue()).isEqualTo(run.json().path("run").intValue())
                .isGreaterThan(160);
        assertThat(run.json().path("provenance").fieldNames()).toIterable()
                .anyMatch(name -> name.startsWith("sha256 library: "));
    }

    @Test
    void theTemplateOverOurInternalsConforms() {
        GateRun run = GateRun.of("runtime", "probe", library("rwkv_ms_ours"));

        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("not evaluated  golden: heads-2: ").doesNotContain("FAILED")
                .containsPattern(
                        "passed: (\\d+) of \\1 checks passed on librwkv_ms_ours\\.(so|dylib), 13 not evaluated");
        assertThat(run.code()).isEqualTo(Verdict.PASSED);
    }

    /** What is not implemented is listed, and nothing passes for it. */
    @Test
    void theStubIsNotJudged() throws Exception {
        GateRun run = probe("rwkv_ms_stub", "--json");

        assertThat(failed(run.json())).isEmpty();
        assertThat(run.code()).isEqualTo(Verdict.COULD_NOT_JUDGE);
        assertThat(run.errors()).containsExactly("gate: no golden case could be run: nothing was judged");
        assertThat(run.json().path("results").findValuesAsText("not_evaluated"))
                .anyMatch(reason -> reason.contains("this runtime opens no sidecar yet"))
                .anyMatch(reason -> reason.contains("this runtime has no scan of its own yet"))
                .anyMatch(reason -> reason.startsWith("the sound sidecar is not opened either: RWKV_MS_E_UNSUPPORTED"));
    }

    @Test
    void missingFunctionsAreListedByName() throws Exception {
        GateRun run = probe("faulty_missing", "--json");

        assertThat(run.code()).isEqualTo(Verdict.FAILED);
        assertThat(failed(run.json()).getFirst().path("problems")).singleElement()
                .satisfies(problem -> assertThat(problem.textValue()).isEqualTo("rwkv_ms_tap: missing"));
        assertThat(run.errors().getLast()).matches("gate: \\d+ of \\d+ checks were not run");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            SIGN     | golden: basic | feature_a
            CRASH    | golden: chunk-rollover | the library crashed: signal 11 (SIGSEGV)
            EXIT     | golden: chunk-rollover | the library ended the process: exit code 3
            OVERRUN  | golden: basic | delta_q
            CHECKSUM | state: each fault of a payload is refused with its own code | damage checksum: expected a refusal, found none
            PARTIAL  | state: each fault of a payload is refused with its own code | damage magic: the refused load changed the state
            ABI      | identity: ABI version, struct layouts, start | rwkv_ms_abi_version: expected 2, found 1
            OPEN     | sidecar: payload-value | expected a refusal (the validator says PAYLOAD_VALUE), found it opened
            """)
    void aFaultIsFoundByName(String fault, String check, String problem) throws Exception {
        GateRun run = probe("faulty_" + fault.toLowerCase(Locale.ROOT), "--json");

        assertThat(run.code()).isEqualTo(Verdict.FAILED);
        assertThat(failed(run.json())).as("%s", failed(run.json()))
                .anySatisfy(each -> {
                    assertThat(each.path("check").textValue()).isEqualTo(check);
                    assertThat(each.path("problems").get(0).textValue()).contains(problem);
                });
    }

    /** The checks behind the one that it died in are run all the same. */
    @Test
    void aCrashHidesNothingElse() throws Exception {
        JsonNode json = probe("faulty_crash", "--json").json();

        assertThat(failed(json)).hasSize(1);
        assertThat(json.path("run").intValue()).isEqualTo(json.path("checks").intValue());
    }

    @Test
    void aStallEndsAsAFailure(@TempDir Path report) throws Exception {
        GateRun run = probe("faulty_stall", "--timeout", "5", "--report", report);

        assertThat(run.code()).isEqualTo(Verdict.FAILED);
        assertThat(run.out()).contains("stalled: did not end within 5 s and was killed");
        assertThat(Files.readString(report.resolve("summary.md"))).startsWith("# gate runtime probe\n");
    }

    @Test
    void whatIsNoLibraryCannotBeProbed(@TempDir Path folder) throws Exception {
        Path text = Files.writeString(folder.resolve("lib.so"), "text");

        GateRun run = GateRun.of("runtime", "probe", text);
        assertThat(run.code()).isEqualTo(Verdict.COULD_NOT_JUDGE);
        assertThat(run.errors()).singleElement().asString().contains("expected a shared library");
    }
}
