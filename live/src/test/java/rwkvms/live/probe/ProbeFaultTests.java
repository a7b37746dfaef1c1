package rwkvms.live.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.golden.CaseFiles;
import rwkvms.nativeruntime.NativeFiles;
import rwkvms.report.Outcome;

/** Libraries that are wrong in one way each: the checks that must find it, in this process. RuntimeProbeTests runs all checks. */
@Timeout(120)
final class ProbeFaultTests {
    private static final Path GOLDEN = Path.of(System.getProperty("rwkvms.root"), "golden", "data");
    private static final Path SHIM = NativeFiles.folder().resolveSibling("shim");

    @TempDir
    private Path work = Path.of("");

    /** A check that failed, and its first problem. */
    private record Failed(String check, String problem) {
    }

    /** What failed of the checks whose labels begin so, in their order. */
    private List<Failed> failed(String fault, String begin, Path... folders) {
        List<CaseFiles> golden = new ArrayList<>();
        for (Path each : folders) {
            golden.add(CaseFiles.in(each).orElseThrow());
        }
        Path library = SHIM.resolve(System.mapLibraryName("faulty_" + fault.toLowerCase(Locale.ROOT)));
        List<Failed> failed = new ArrayList<>();
        try (ProbeChecks checks = new ProbeChecks(library, golden, work)) {
            for (ProbeCheck check : checks.all()) {
                if (check.label().startsWith(begin)) {
                    Outcome outcome = ProbeChild.outcome(check);
                    outcome.reasons().stream().findFirst()
                            .ifPresent(problem -> failed.add(new Failed(check.label(), problem)));
                }
            }
        }
        return failed;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            OVERRUN  | golden: basic | delta_q
            CHECKSUM | state: each fault of a payload is refused with its own code | damage checksum: expected a refusal, found none
            PARTIAL  | state: each fault of a payload is refused with its own code | damage magic: the refused load changed the state
            ABI      | identity: ABI version, struct layouts, start | rwkv_ms_abi_version: expected 2, found 1
            OPEN     | sidecar: payload-value | expected a refusal (the validator says PAYLOAD_VALUE), found it opened
            """)
    void aFaultIsFoundByName(String fault, String check, String problem) {
        assertThat(failed(fault, check, GOLDEN.resolve("basic"))).first().satisfies(each -> {
            assertThat(each.check()).isEqualTo(check);
            assertThat(each.problem()).contains(problem);
        });
    }

    /** No call of a short case is long enough for these. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            DROPS32 | golden: tokens-64 | golden: tokens-64 in chunks of 32 | features, feature_r[0, 32, 0] (token 32, layer 0)
            DROPS64 | golden: tokens-64 | golden: tokens-64 in steps of 64  | scan, write_routes[0, 63, 0] (token 63, layer 0)
            TF32    | golden: tokens-64 | golden: tokens-64 in chunks of 8  | projection, memory_v[0, 0, 0] (token 0, layer 0)
            """)
    void aFaultOfLongCallsIsFoundByTheSmallestThatHasIt(String fault, String whole, String calls, String divergence) {
        List<Failed> failed = failed(fault, "golden: ", GOLDEN.resolve("real-size"),
                GOLDEN.resolveSibling("data-long").resolve("tokens-64"));

        assertThat(failed).extracting(Failed::check).containsExactly(whole, calls);
        assertThat(failed.getLast().problem()).startsWith(divergence);
    }
}
