package rwkvms.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.math.MathTensor;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.SidecarWriter;
import rwkvms.sidecar.synthesis.SyntheticSidecar;
import rwkvms.sidecar.validation.SidecarReader;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** What synthetic sidecars promise of a run: with hidden states of deviation 1 everything moves, and nothing saturates. */
final class SyntheticMemoryTests {
    private static final int TOKENS = 64;
    private static final List<MathTensor> OF_ORDER_ONE = List.of(MathTensor.MEMORY_V, MathTensor.FEATURE_R,
            MathTensor.FEATURE_K, MathTensor.FEATURE_V, MathTensor.FEATURE_A, MathTensor.FEATURE_B,
            MathTensor.FEATURE_G, MathTensor.RAW_READS, MathTensor.READS, MathTensor.DELTA_Q, MathTensor.DELTA_O,
            MathTensor.FINAL_STATE);

    @TempDir
    private Path folder = Path.of("");

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 3})
    void everyTensorMoves(long seed) throws Exception {
        for (int semantics : new int[]{1, 2}) {
            TensorSet run = run(
                    SyntheticSidecar.SMALL.withVersions(2, semantics).with(config -> config.withChunkSize(8)), seed);
            for (MathTensor name : OF_ORDER_ONE) {
                assertThat(deviation(run.get(name))).as("%s, seed %d, semantics %d", name, seed, semantics)
                        .isBetween(0.02, 20.0);
            }
            double[] beta = run.get(MathTensor.BETA).toDoubles();
            assertThat(Arrays.stream(beta).min().orElseThrow()).as("a closed gate").isLessThan(0.3);
            assertThat(Arrays.stream(beta).max().orElseThrow()).as("an open gate").isGreaterThan(0.7);
            assertThat(Arrays.stream(run.get(MathTensor.W_DECAY).toDoubles())).allMatch(d -> d > 0 && d < 1);
        }
    }

    @Test
    void zeroDeltaRunsAndCorrectsNothing() throws Exception {
        TensorSet run = run(SyntheticSidecar.SMALL.withZeroDelta(true), 1);
        assertThat(deviation(run.get(MathTensor.READS))).isGreaterThan(0.02);
        assertThat(run.get(MathTensor.DELTA_Q).toDoubles()).containsOnly(0);
        assertThat(run.get(MathTensor.DELTA_O).toDoubles()).containsOnly(0);
    }

    private TensorSet run(SyntheticSidecar sizes, long seed) throws Exception {
        Path file = folder.resolve("sidecar.gguf");
        SidecarWriter.write(file, sizes.draft(seed), true);
        float[] hidden = new float[TOKENS * sizes.config().hiddenSize()];
        Random random = new Random(seed);
        for (int i = 0; i < hidden.length; i++) {
            hidden[i] = (float) random.nextGaussian();
        }
        try (Sidecar sidecar = SidecarReader.open(file);
                ReferenceRuntime reference = new ReferenceRuntime();
                var memory = reference.load(MemoryModel.of(sidecar));
                MemorySession session = memory.newSession()) {
            return session.forward(1,
                    ForwardInput.of(Tensor.ofFloats(Shape.of(TOKENS, sizes.config().hiddenSize()), hidden)));
        }
    }

    private static double deviation(Tensor tensor) {
        return Math.sqrt(Arrays.stream(tensor.toDoubles()).map(value -> value * value).average().orElseThrow());
    }
}
