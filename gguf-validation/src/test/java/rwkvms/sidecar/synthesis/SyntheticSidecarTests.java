package rwkvms.sidecar.synthesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.file.Sha256;
import rwkvms.math.DeltaHead;
import rwkvms.math.MemoryConfig;
import rwkvms.math.UpdateMode;
import rwkvms.sidecar.AttentionWidths;
import rwkvms.sidecar.LayerWeights;
import rwkvms.sidecar.MemoryTensor;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.SidecarDraft;
import rwkvms.sidecar.SidecarKey;
import rwkvms.sidecar.SidecarWriter;
import rwkvms.sidecar.validation.Finding;
import rwkvms.sidecar.validation.FindingCode;
import rwkvms.sidecar.validation.SidecarReader;
import rwkvms.sidecar.validation.SidecarValidator;
import rwkvms.tensor.DType;
import rwkvms.tensor.Tensor;

class SyntheticSidecarTests {
    @TempDir
    Path folder = Path.of("");

    /** Every setting that can vary is read back as it was set. */
    @Test
    void settingsComeBack() throws Exception {
        Path base = Files.writeString(folder.resolve("base.gguf"), "a base");
        AttentionWidths widths = new AttentionWidths(11, 7, 5, 13);
        SyntheticSidecar sizes = SyntheticSidecar.SMALL.withVersions(2, 2)
                .with(config -> config.withHiddenSize(24).withRank(4)
                        .withNumStateHeads(1).withNumStates(3).withChunkSize(17).withAlpha(2.5).withNormalizeQk(false)
                        .withCoupleLambda(false).withRankwiseGates(false).withUpdateMode(UpdateMode.LAMBDA_OUTSIDE)
                        .withEraseGate(0.5).withReadTopK(2).withDeltaHeads(Set.of(DeltaHead.O, DeltaHead.K)))
                .withLayers(new TreeMap<>(Map.of(3, widths, 9, widths))).withDtype(DType.FLOAT16).withBase(base);
        Path path = folder.resolve("sidecar.gguf");
        SidecarWriter.write(path, sizes.draft(5), false);

        assertThat(SidecarValidator.validate(path, base).findings()).extracting(Finding::code)
                .containsExactly(FindingCode.BASE_LAYERS_UNKNOWN); // a text is no model
        try (Sidecar sidecar = SidecarReader.open(path)) {
            assertThat(sidecar.config()).isEqualTo(new MemoryConfig(24, 4, 1, 3, 17, 2.5, 0.5, 2, 2,
                    UpdateMode.LAMBDA_OUTSIDE, Set.of(DeltaHead.K, DeltaHead.O), false, false, false));
            assertThat(sidecar.layers()).containsExactly(3, 9);
            assertThat(sidecar.baseGguf()).isEqualTo("base.gguf");
            assertThat(sidecar.layer(9).deltaV().shape().dims()).containsExactly(5, 4);
            assertThat(Objects.requireNonNull(sidecar.layer(9).lambda()).dtype()).isEqualTo(DType.FLOAT16);
            assertThat(sidecar.text(SidecarKey.METADATA))
                    .isEqualTo("{\"memory_type\":\"delta-mem-rwkv-ms\",\"synthetic_seed\":5}");
        }
    }

    /** Every Java draws the same: the generator is documented, and a seed stands for its values. */
    @Test
    void aSeedMeansTheSameWeightsEverywhere() {
        assertThat(Sha256.of(MemorySegment
                .ofArray(SidecarWriter.toBytes(SyntheticSidecar.SMALL.draft(1234)))))
                .isEqualTo("c1be79b1774916ed3be5af12734dde523673f1ff83022063734560c70e1fa986");
    }

    @Test
    void aLayersWeightsDependOnSeedAndLayerAlone() {
        SyntheticSidecar one = SyntheticSidecar.SMALL
                .withLayers(new TreeMap<>(Map.of(1, Objects.requireNonNull(SyntheticSidecar.SMALL.layers().get(1)))));
        Tensor alone = layer(one.draft(7), 1).memQ();
        assertThat(layer(SyntheticSidecar.SMALL.draft(7), 1).memQ().sameBits(alone)).isTrue();
        assertThat(layer(SyntheticSidecar.SMALL.draft(7), 0).memQ().sameBits(alone)).isFalse();
        assertThat(layer(SyntheticSidecar.SMALL.draft(8), 1).memQ().sameBits(alone)).isFalse();
        assertThat(layer(one.draft(7), 1).memK().sameBits(alone)).isFalse();
    }

    /** The deviations that the class promises, measured on tensors with enough values. */
    @Test
    void weightsAreScaledLikeATrainedModule() {
        LayerWeights weights = layer(SyntheticSidecar.PUBLISHED.draft(3), 0);
        assertThat(deviation(weights.memV())).isCloseTo(1 / Math.sqrt(2560), within(0.001));
        assertThat(deviation(weights.beta())).isCloseTo(1 / Math.sqrt(2560), within(0.001));
        assertThat(deviation(weights.deltaQ())).isCloseTo(0.25 / Math.sqrt(8), within(0.005));
        assertThat(deviation(weights.w1())).isCloseTo(1 / Math.sqrt(8), within(0.06));
        assertThat(deviation(weights.g2())).isCloseTo(2 / Math.sqrt(32), within(0.06));
        assertThat(Arrays.stream(weights.lnXWeight().toDoubles())).allMatch(value -> value > 0.5 && value < 1.5);
        assertThat(weights.w0().at(0)).isCloseTo(-8, within(1.5));
        assertThat(weights.w0().at(7)).isCloseTo(3, within(1.5));
        for (MemoryTensor tensor : MemoryTensor.values()) {
            if (!tensor.ofFreeLambda()) {
                double[] values = Objects.requireNonNull(weights.find(tensor)).toDoubles();
                assertThat(Arrays.stream(values)).as("%s", tensor).allMatch(Double::isFinite).anyMatch(v -> v != 0);
            }
        }
    }

    @Test
    void zeroDeltaTouchesTheDeltasAlone() {
        LayerWeights with = layer(SyntheticSidecar.SMALL.draft(1), 0);
        LayerWeights without = layer(SyntheticSidecar.SMALL.withZeroDelta(true).draft(1), 0);
        for (DeltaHead head : DeltaHead.values()) {
            assertThat(without.delta(head).toDoubles()).containsOnly(0);
            assertThat(with.delta(head).toDoubles()).doesNotContain(0);
        }
        assertThat(without.memQ().sameBits(with.memQ())).isTrue();
        assertThat(without.output().sameBits(with.output())).isTrue();
    }

    @Test
    void whatNoSidecarCanHaveIsRefused() {
        SyntheticSidecar small = SyntheticSidecar.SMALL;
        refused(() -> small.withVersions(3, 1), "format version: expected 1 or 2, found 3");
        refused(() -> small.withVersions(1, 2), "semantics version: expected 1 to 1, found 2");
        refused(() -> small.withVersions(2, 0), "semantics version: expected 1 to 2, found 0");
        refused(() -> small.with(config -> config.withHiddenSize(0)), "hidden size: expected 1 to 2147483647, found 0");
        refused(() -> small.with(config -> config.withRank(0)), "rank: expected 1 to 32768, found 0");
        refused(() -> small.with(config -> config.withNumStateHeads(4097)),
                "state heads: expected 1 to 4096, found 4097");
        refused(() -> small.with(config -> config.withNumStates(0)), "states: expected 1 to 2147483647, found 0");
        refused(() -> small.with(config -> config.withChunkSize(0)), "chunk size: expected 1 to 2147483647, found 0");
        refused(() -> small.with(config -> config.withReadTopK(-1)), "top k: expected 0 to 2147483647, found -1");
        refused(() -> small.withLayers(new TreeMap<>()), "layers: expected 1 to 1024, found 0");
        refused(() -> small.with(config -> config.withAlpha(0)), "alpha: expected a finite number above 0, found 0.0");
        refused(() -> small.with(config -> config.withAlpha(1e39)),
                "alpha: expected a finite number above 0, found 1.0E39");
        refused(() -> small.with(config -> config.withEraseGate(Double.NaN)),
                "erase gate: expected a finite number, found NaN");
        refused(() -> small.withDtype(DType.INT8), "dtype: expected bfloat16, float16 or float32, found int8");
        refused(() -> small.withLayers(layers(-1, new AttentionWidths(1, 1, 1, 1))),
                "layer: expected 0 to 999999999, found -1");
        refused(() -> small.withLayers(layers(2, new AttentionWidths(0, 1, 1, 1))),
                "q width of layer 2: expected 1 to 2147483647, found 0");
        refused(() -> small.withLayers(layers(2, new AttentionWidths(1, 0, 1, 1))),
                "k width of layer 2: expected 1 to 2147483647, found 0");
        refused(() -> small.withLayers(layers(2, new AttentionWidths(1, 1, 0, 1))),
                "v width of layer 2: expected 1 to 2147483647, found 0");
        refused(() -> small.withLayers(layers(2, new AttentionWidths(1, 1, 1, 0))),
                "o width of layer 2: expected 1 to 2147483647, found 0");
    }

    /** Each size is possible, but together they are too large. */
    @Test
    void moreValuesThanItDrawsAreRefused() {
        SyntheticSidecar large = SyntheticSidecar.SMALL.with(config -> config.withHiddenSize(10_000_000));
        assertThatIllegalArgumentException().isThrownBy(() -> large.draft(1))
                .withMessage("values: expected 1 to 268435456, found 640007888");
    }

    private static SortedMap<Integer, AttentionWidths> layers(int layer, AttentionWidths widths) {
        return new TreeMap<>(Map.of(layer, widths));
    }

    private static void refused(Supplier<SyntheticSidecar> sizes, String message) {
        assertThatIllegalArgumentException().isThrownBy(sizes::get).withMessage(message);
    }

    private static LayerWeights layer(SidecarDraft draft, int layer) {
        return Objects.requireNonNull(draft.layers().get(layer));
    }

    private static double deviation(Tensor tensor) {
        return Math.sqrt(Arrays.stream(tensor.toDoubles()).map(value -> value * value).average().orElseThrow());
    }
}
