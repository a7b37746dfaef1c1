package rwkvms.conditioning;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.Taps;
import rwkvms.sidecar.LayerWeights;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.validation.SidecarReader;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * Calls of the real-size golden case's weights with normal hidden states.
 *
 * @param scale of the hidden states
 */
record LongCalls(MemoryConfig config, LayerWeights weights, int tokens, double scale, Taps taps, long seed) {
    private static final Path SIDECAR = Path.of(System.getProperty("rwkvms.root", ".."), "golden", "data", "real-size",
            "sidecar.gguf");

    static void with(int tokens, double scale, Taps taps, Consumer<LongCalls> test) throws Exception {
        try (Sidecar sidecar = SidecarReader.open(SIDECAR)) {
            test.accept(new LongCalls(sidecar.config(), sidecar.layer(sidecar.layers().getFirst()), tokens, scale, taps,
                    tokens));
        }
    }

    Conditioning conditioning() {
        return Conditioning.of(config, weights, List.of(initial()), List.of(input()), seed);
    }

    LayerState initial() {
        int r = config.rank();
        return new LayerState(normal(Shape.of(config.numStateHeads(), config.numStates(), r, r), 1, seed), 0,
                normal(Shape.of(config.readDim()), 1, seed + 1));
    }

    ForwardInput input() {
        boolean[] valid = new boolean[tokens];
        IntStream.range(0, tokens).forEach(t -> valid[t] = t % 8 != 5);
        return ForwardInput.of(normal(Shape.of(tokens, config.hiddenSize()), scale, seed + 2))
                .withMask(Tensor.ofBooleans(Shape.of(tokens), valid)).withTaps(taps);
    }

    private static Tensor normal(Shape shape, double scale, long seed) {
        Random random = new Random(seed);
        return Tensor.ofRounded(shape,
                IntStream.range(0, shape.count()).mapToDouble(i -> scale * random.nextGaussian()).toArray());
    }
}
