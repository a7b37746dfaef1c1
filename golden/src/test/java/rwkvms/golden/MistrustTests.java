package rwkvms.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import rwkvms.comparison.Tolerance;
import rwkvms.fixtures.Fixture;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.tensor.Tensor;

/** A result that says little is told apart from one that can be trusted, whether it passed or not. */
final class MistrustTests {
    private static List<String> reasons(GoldenCase golden, Tolerance tolerance) throws Exception {
        try (ReferenceRuntime reference = new ReferenceRuntime()) {
            return assertInstanceOf(CheckResult.class, new FixtureCheck(golden, tolerance).on(reference)).mistrusted();
        }
    }

    private static List<String> reasons(String name) throws Exception {
        return reasons(name, Tolerance.DEFAULT);
    }

    private static List<String> reasons(String name, Tolerance tolerance) throws Exception {
        try (GoldenCase golden = AlteredCases.golden(name)) {
            return reasons(golden, tolerance);
        }
    }

    private static List<String> reasonsWith(String name, MathTensor tensor, double value, int count) throws Exception {
        try (GoldenCase golden = AlteredCases.golden(name)) {
            Tensor expected = golden.fixture().expected(tensor).orElseThrow();
            double[] values = expected.toDoubles();
            Arrays.fill(values, 0, count, value);
            Fixture altered = AlteredCases.withExpected(golden.fixture(), tensor,
                    Tensor.ofRounded(expected.shape(), values));
            return reasons(AlteredCases.with(golden, altered), Tolerance.DEFAULT);
        }
    }

    /** Without a valid token nothing is read or written, so that a runtime that does nothing passes. */
    @Test
    void aCaseWithoutValidTokensSaysLittle() throws Exception {
        assertThat(reasons("all-masked")).containsExactly("write_routes: 16 of 16 values are 0",
                "read_routes_per_head: 16 of 16 values are 0", "read_routes: 16 of 16 values are 0",
                "raw_reads: 32 of 32 values are 0", "reads: 32 of 32 values are 0",
                "delta_q: 384 of 384 values are 0", "delta_o: 256 of 256 values are 0",
                "cannot tell the scan from one with a and b swapped",
                "cannot tell the scan from one with k and v swapped",
                "cannot tell the scan from one with the read after the write",
                "cannot tell the scan from one with the read of the decayed state");
    }

    @Test
    void moreZerosThanAnythingElseSayLittle() throws Exception {
        assertThat(reasonsWith("single-token", MathTensor.READS, 0, 5)).containsExactly("reads: 5 of 8 values are 0");
        assertThat(reasonsWith("single-token", MathTensor.READS, 0, 4)).isEmpty();
    }

    @Test
    void oneValueThroughoutSaysLittle() throws Exception {
        assertThat(reasonsWith("single-token", MathTensor.READS, 0.5, 8))
                .containsExactly("reads: all 8 values are 0.5");
        assertThat(reasonsWith("single-token", MathTensor.READS, 0.5, 7)).isEmpty();
    }

    @Test
    void tensorsWithTheSameValuesAreNamedOnce() throws Exception {
        assertThat(reasonsWith("single-token", MathTensor.W_HEADS, 0, 8)).isEmpty();
    }

    @Test
    void whatOneHotRowsTopKAndTheSettingsMakeZeroOrOneIsNoReason() throws Exception {
        assertThat(reasons("topk-1")).isEmpty();
        assertThat(reasons("no-lambda")).isEmpty();
        assertThat(reasons("semantics-2")).isEmpty();
        assertThat(reasons("one-state")).isEmpty();
        assertThat(reasonsWith("topk-1", MathTensor.READ_ROUTES, 0, 24))
                .containsExactly("read_routes: 24 of 24 values are 0");
        assertThat(reasonsWith("basic", MathTensor.LAMBDA, 1, 32)).contains("lambda: all 32 values are 1.0");
        assertThat(reasonsWith("basic", MathTensor.KEEP, 1, 32)).contains("keep: all 32 values are 1.0");
        assertThat(reasonsWith("basic", MathTensor.READ_ROUTES, 0.25, 16))
                .contains("read_routes: all 16 values are 0.25");
    }

    private static Tensor rounded(Tensor tensor) {
        return tensor.dtype().isFloating() ? tensor.asFloat32() : tensor;
    }

    static List<ScanMistake> mistakes() {
        return ScanMistake.ALL;
    }

    /** The fixture's tensors become those of the mistaken scan: now it cannot tell. */
    @ParameterizedTest
    @MethodSource("mistakes")
    void aFixtureThatAMistakenScanAlsoGivesCannotTellThem(ScanMistake wrong) throws Exception {
        try (GoldenCase golden = AlteredCases.golden("topk-2")) {
            assertThat(reasons(golden, Tolerance.DEFAULT)).isEmpty();
            Fixture fixture = golden.fixture();
            MemoryConfig config = fixture.config();
            var given = wrong.run(config, new FixtureRun(fixture).scanInput(0));
            for (MathTensor name : MathTensor.WITHOUT_WEIGHTS) {
                fixture = AlteredCases.withExpected(fixture, name, rounded(given.get(name)));
            }
            assertThat(reasons(AlteredCases.with(golden, fixture), Tolerance.DEFAULT))
                    .contains("cannot tell the scan from one with " + wrong.description());
        }
    }

    @Test
    void aLooseToleranceTellsNothing() throws Exception {
        assertThat(reasons("basic", new Tolerance(0, 1e-2))).isEmpty();
        assertThat(reasons("basic", new Tolerance(0, 10))).hasSize(7)
                .allMatch(reason -> reason.startsWith("cannot tell the scan from one with "));
    }

    /** Integers are exact at any tolerance: slots and positions tell the mask and the slot. */
    @Test
    void aRuleThatIsNotThereCannotBeBroken() throws Exception {
        Tolerance loose = new Tolerance(0, 10);
        assertThat(reasons("no-mask", loose)).doesNotContain(
                "cannot tell the scan from one with the token mask ignored",
                "cannot tell the scan from one with top-k ignored");
        assertThat(reasons("zero-state", loose)).isNotEmpty().doesNotContain(
                "cannot tell the scan from one with the initial state transposed",
                "cannot tell the scan from one with the initial state lost");
        assertThat(reasons("one-state", loose))
                .doesNotContain("cannot tell the scan from one with the next slot written");
    }

    @Test
    void withoutRecordedFeaturesThereIsNoScanToCompare() throws Exception {
        try (GoldenCase golden = AlteredCases.golden("all-masked")) {
            Fixture without = AlteredCases.without(golden.fixture(), MathTensor.FEATURE_R);
            assertThat(reasons(AlteredCases.with(golden, without), Tolerance.DEFAULT)).hasSize(7)
                    .noneMatch(reason -> reason.startsWith("cannot tell"));
        }
    }

    @Test
    void withoutWeightsTheSameHolds() throws Exception {
        try (GoldenCase golden = AlteredCases.golden("all-masked")) {
            assertThat(reasons(AlteredCases.withoutSidecar(golden), Tolerance.DEFAULT)).hasSize(8)
                    .contains("raw_reads: 32 of 32 values are 0")
                    .contains("cannot tell the scan from one with a and b swapped");
        }
    }
}
