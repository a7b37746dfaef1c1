package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.file.Sha256;
import rwkvms.golden.Calls;
import rwkvms.nativeruntime.NativeFiles;

/** {@code gate runtime probe} on a library that lacks a function, which takes a second; RuntimeProbeTests has others. */
final class ProbeCommandTests {
    private static final Path LIBRARY = NativeFiles.folder().resolveSibling("shim")
            .resolve(System.mapLibraryName("faulty_missing"));

    /** Number of checks that are not golden; each golden case has two, with its sidecar and without. */
    private static final int OTHERS = 79;

    @TempDir
    private Path folder = Path.of("");

    @Test
    void allOfItIsSaid() {
        Path report = folder.resolve("report");
        GateRun run = GateRun.of("runtime", "probe", LIBRARY, "--fixture", GateRun.GOLDEN.resolve("basic"), "--fixture",
                GateRun.GOLDEN.resolve("streaming"), "--report", report);

        assertThat(run.code()).isEqualTo(ExitCode.FAILED);
        assertThat(run.out()).isEqualToNormalizingNewlines("""
                FAILED  exports: every function of rwkv_ms.h
                            rwkv_ms_tap: missing
                FAILED  identity: ABI version, struct layouts, start
                            %s: the function rwkv_ms_tap is missing; a runtime exports every function of rwkv_ms.h
                FAILED: 0 of 83 checks passed on %s, 0 not evaluated, 81 not run
                """.formatted(LIBRARY, LIBRARY.getFileName()));
        assertThat(run.errors()).containsExactly(
                "gate: exports: every function of rwkv_ms.h: rwkv_ms_tap: missing (and 1 more that failed)");
        assertThat(report.resolve("summary.md")).hasContent("""
                # gate runtime probe

                - **FAILED**: `exports: every function of rwkv_ms.h`
                  - rwkv_ms_tap: missing
                - **FAILED**: `identity: ABI version, struct layouts, start`
                  - %s: the function rwkv_ms_tap is missing; a runtime exports every function of rwkv_ms.h
                - **not judged**: `the run`
                  - 81 of 83 checks were not run
                """.formatted(LIBRARY));
    }

    @Test
    void whatIsNoLibraryStartsNoChild() throws Exception {
        Path text = Files.writeString(folder.resolve("lib.so"), "text");

        assertThat(GateRun.of("runtime", "probe", text)).isEqualTo(new GateRun(ExitCode.COULD_NOT_JUDGE, "",
                "gate: --runtime " + text
                        + ": expected a shared library, found a file that begins with the bytes 74657874"
                        + System.lineSeparator()));
    }

    /** Without a fixture of the user, every golden case is asked for. */
    @Test
    void jsonSaysOnWhat() throws Exception {
        GateRun all = GateRun.of("runtime", "probe", LIBRARY, "--json");

        assertThat(all.code()).isEqualTo(ExitCode.FAILED);
        JsonNode json = all.json();
        assertThat(json.path("library").textValue()).isEqualTo(LIBRARY.toString());
        assertThat(json.path("checks").intValue()).isEqualTo(OTHERS + 2 * GoldenFolder.cases().size()
                + GoldenFolder.longCases().stream().mapToInt(files -> Calls.all(files).size() + 1).sum());
        assertThat(json.path("run").intValue()).isEqualTo(2);
        assertThat(all.errors()).first().asString().matches("gate: \\d+ of \\d+ checks were not run");
        assertThat(json.path("provenance").path("sha256 library: " + LIBRARY.getFileName()).textValue())
                .isEqualTo(Sha256.of(LIBRARY));
        assertThat(json.path("provenance").path("gate").textValue()).isEqualTo("development");
        assertThat(json.path("reproduce").textValue())
                .endsWith("gate runtime probe " + Reproduce.fromHere(LIBRARY));
        GateRun one = GateRun.of("runtime", "probe", LIBRARY, "--fixture", GateRun.GOLDEN.resolve("basic"), "--json");
        assertThat(one.json().path("checks").intValue()).isEqualTo(OTHERS + 2);
        assertThat(one.json().path("reproduce").textValue()).endsWith(" --fixture " + GateRun.GOLDEN.resolve("basic"));
    }
}
