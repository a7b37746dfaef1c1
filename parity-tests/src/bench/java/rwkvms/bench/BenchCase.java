package rwkvms.bench;

import java.nio.file.Path;
import java.util.Random;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.validation.SidecarException;
import rwkvms.sidecar.validation.SidecarReader;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** The layer that is measured: the golden case {@code real-size} (H 2560, rank 8), and hidden states for it. */
final class BenchCase {
    private static final String SIDECAR = "golden/data/real-size/sidecar.gguf";
    static final long SEED = 20;

    private BenchCase() {
    }

    static Sidecar open() throws SidecarException {
        return SidecarReader.open(Path.of(System.getProperty("rwkvms.root", "."), SIDECAR));
    }

    /** Normal hidden states, [tokens, H]. */
    static Tensor hidden(Sidecar sidecar, int tokens) {
        int width = sidecar.config().hiddenSize();
        return Tensor.ofFloats(Shape.of(tokens, width), normal(tokens * width));
    }

    static float[] normal(int count) {
        Random random = new Random(SEED);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
