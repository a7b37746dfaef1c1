package rwkvms.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.CheckResult;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;

/**
 * The reference passes every golden case with a margin, as a sound implementation in double must, and all cases but one can be
 * trusted.
 */
final class ReferenceGoldenTests {
    private static final double SHARE = 0.25;
    /** The only case that proves little. */
    private static final String WITHOUT_VALID_TOKENS = "all-masked";

    static Stream<String> cases() throws IOException {
        return folders().stream().map(CaseFiles::name);
    }

    private static List<CaseFiles> folders() throws IOException {
        return CaseFiles.below(Path.of(System.getProperty("rwkvms.root", ".."), "golden", "data"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void passes(String name) throws Exception {
        CaseFiles files = folders().stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
        try (GoldenCase golden = GoldenCase.open(files); ReferenceRuntime reference = new ReferenceRuntime()) {
            CheckResult result = assertInstanceOf(CheckResult.class,
                    new FixtureCheck(golden, Tolerance.DEFAULT).on(reference));
            assertThat(result.ok()).as("%s, %s", result.firstDivergence(), result.errors()).isTrue();
            assertThat(result.maxRatio()).isLessThan(SHARE);
            assertThat(result.mistrusted().isEmpty()).as(result.mistrusted().toString())
                    .isEqualTo(!name.equals(WITHOUT_VALID_TOKENS));
        }
    }
}
