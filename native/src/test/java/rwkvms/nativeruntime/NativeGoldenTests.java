package rwkvms.nativeruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.comparison.TensorComparison;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.Calls;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.CaseNotEvaluated;
import rwkvms.golden.CaseResult;
import rwkvms.golden.CheckResult;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.validation.SidecarReader;

/** Golden cases through the binding, with weights and without: recorded tensors pass, changed ones fail. */
class NativeGoldenTests {
    private static final Path GOLDEN = Path.of(System.getProperty("rwkvms.root"), "golden", "data");

    /** Cases with more state heads than one. */
    private static final int NOT_SUPPORTED = 3;

    private static CaseFiles files(String name) {
        return CaseFiles.in(GOLDEN.resolve(name)).orElseThrow();
    }

    private static CaseFiles withoutWeights(String name) {
        return new CaseFiles(name, files(name).fixture(), Optional.empty(), Optional.empty());
    }

    private static CaseResult outcome(CaseFiles files) throws Exception {
        try (NativeRuntime runtime = NativeRuntime.open(); GoldenCase golden = GoldenCase.open(files)) {
            return new FixtureCheck(golden, Tolerance.DEFAULT).on(runtime);
        }
    }

    private static void passes(CaseResult outcome, int tensors) {
        assertThat(outcome).isInstanceOfSatisfying(CheckResult.class, result -> {
            assertThat(result.errors()).isEmpty();
            assertThat(result.comparisons()).hasSize(tensors).allMatch(TensorComparison::passed);
            assertThat(result.ok()).isTrue();
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"all-heads:35", "batch-mask:33", "step-trace:40", "topk-2:40", "streaming:34",
            "semantics-2:34", "no-lambda:33"})
    void everyTensorOfACaseIsTheRecordedOne(String nameAndCount) throws Exception {
        String[] parts = nameAndCount.split(":");
        passes(outcome(files(parts[0])), Integer.parseInt(parts[1]));
    }

    /** As ggml's own graphs in float32, which on the processor hold: each case at one of the sizes. */
    @Test
    void everyCaseHoldsInFloat32() throws Exception {
        List<CaseFiles> cases = CaseFiles.below(GOLDEN);
        int held = 0;
        try (NativeRuntime runtime = NativeRuntime.open()) {
            for (int i = 0; i < cases.size(); i++) {
                int tokens = Calls.MICROBATCHES.get(i % Calls.MICROBATCHES.size());
                Place processor = new Place("CPU", "CPU", i % 2 == 0);
                try (GoldenCase golden = GoldenCase.open(cases.get(i))) {
                    CaseResult result = new FixtureCheck(golden, Tolerance.DEFAULT).on(runtime.on(processor, tokens),
                            Calls.microbatches(tokens));
                    if (result instanceof CheckResult check) {
                        assertThat(check.errors()).as(check.caseName()).isEmpty();
                        assertThat(check.ok()).as("%s: %s", check.caseName(), check.firstDivergence()).isTrue();
                        held++;
                    }
                }
            }
        }
        assertThat(held).isEqualTo(cases.size() - NOT_SUPPORTED);
    }

    @Test
    void withoutWeightsADeviceHasNothingToCompute() throws Exception {
        Place processor = new Place("CPU", "CPU", false);
        try (NativeRuntime runtime = NativeRuntime.open();
                GoldenCase golden = GoldenCase.open(withoutWeights("basic"))) {
            assertThat(new FixtureCheck(golden, Tolerance.DEFAULT).on(runtime.on(processor, 8), Calls.microbatches(8)))
                    .isEqualTo(new CaseNotEvaluated("basic in microbatches of 8", "native",
                            "without a sidecar there is nothing for a device to compute"));
        }
    }

    @Test
    void aDeviceThatIsNotThereIsNotEvaluated() throws Exception {
        Place nowhere = new Place("Nowhere0", "Nowhere0", false);
        try (NativeRuntime runtime = NativeRuntime.open(); GoldenCase golden = GoldenCase.open(files("basic"))) {
            assertThat(new FixtureCheck(golden, Tolerance.DEFAULT).on(runtime.on(nowhere, 8), Calls.microbatches(8)))
                    .isInstanceOfSatisfying(CaseNotEvaluated.class, missed -> assertThat(missed.reason())
                            .startsWith("the runtime native cannot compute there: device Nowhere0: expected one of CPU")
                            .contains(", found no device of that name"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"batch-mask", "topk-2", "erase-gate-half", "lambda-outside", "no-lambda", "scalar-gates",
            "no-mask", "semantics-2-zero-slots"})
    void theScanAloneGivesTheTensorsThatNeedNoWeights(String name) throws Exception {
        passes(outcome(withoutWeights(name)), 11);
    }

    @Test
    void whatTheRuntimeDoesNotSupportIsNotEvaluated() throws Exception {
        assertThat(outcome(files("heads-2"))).isEqualTo(new CaseNotEvaluated("heads-2", "native",
                "the runtime native does not support this sidecar: "
                        + files("heads-2").sidecar().orElseThrow()
                        + ": key delta_mem.num_state_heads: expected 1, found 2: this runtime keeps one state head"));
        assertThat(outcome(withoutWeights("heads-2"))).isEqualTo(new CaseNotEvaluated("heads-2", "native",
                "the runtime native does not support this scan: config: num_state_heads: expected 1, found 2"));
    }

    @Test
    void settingsOtherThanTheSidecarsAreNotEvaluated() throws Exception {
        try (NativeRuntime runtime = NativeRuntime.open();
                Sidecar sidecar = SidecarReader.open(files("basic").sidecar().orElseThrow());
                Sidecar other = SidecarReader.open(files("alpha-3").sidecar().orElseThrow())) {
            MemoryConfig config = sidecar.config();
            runtime.load(new MemoryModel(sidecar, Optional.empty(), config.withReadTopK(2))).close();
            assertThatExceptionOfType(NotEvaluatedException.class)
                    .isThrownBy(() -> runtime.load(new MemoryModel(other, Optional.empty(), config)).close())
                    .withMessage(
                            "the runtime native takes all settings but read_top_k from the sidecar, and the fixture"
                                    + " asks for others (fixture, sidecar): " + List.of("alpha: 16.0, 3.0"));
        }
    }
}
