package rwkvms.parity;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.Taps;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.AttentionWidths;
import rwkvms.sidecar.ExporterTexts;
import rwkvms.sidecar.LayerWeights;
import rwkvms.sidecar.MemoryTensor;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.SidecarDraft;
import rwkvms.sidecar.SidecarWriter;
import rwkvms.sidecar.synthesis.SyntheticSidecar;
import rwkvms.sidecar.validation.SidecarReader;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * Weights, state and input drawn from one seed; the weights pass through a sidecar file, as real ones do. The delta projections
 * are multiplied by {@code deltaFactor}.
 */
record RandomModel(RandomSizes sizes, long seed, double deltaFactor) {
    static final int LAYER = 3;
    static final Taps TAPS = Taps.STEP_TRACE;
    /** A base that does not exist; no runtime needs it for the memory's math. */
    private static final String BASE_SHA256 = "0123456789abcdef".repeat(4);
    private static final int MASKED_ONE_IN = 5;
    private static final AttentionWidths WIDTHS = new AttentionWidths(48, 16, 32, 32);

    /** Runs a test on the sidecar, opened from a file in {@code target/} that is deleted afterwards. */
    void withSidecar(Consumer<Sidecar> test) {
        try {
            Path file = Files.createTempFile(Path.of("target"), "random-", ".gguf");
            try {
                SidecarWriter.write(file, draft(), true);
                try (Sidecar sidecar = SidecarReader.open(file)) {
                    test.accept(sidecar);
                }
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    RandomModel withDeltaFactor(double factor) {
        return new RandomModel(sizes, seed, factor);
    }

    private SidecarDraft draft() {
        SidecarDraft synthetic = new SyntheticSidecar(2, sizes.config(), new TreeMap<>(Map.of(LAYER, WIDTHS)),
                DType.FLOAT32, false, "base.gguf", BASE_SHA256).draft(seed);
        LayerWeights shapes = Objects.requireNonNull(synthetic.layers().get(LAYER));
        return new SidecarDraft(synthetic.formatVersion(), ExporterTexts.OWN, synthetic.origin(), synthetic.config(),
                synthetic.metadata(), synthetic.summary(), new TreeMap<>(Map.of(LAYER, weights(shapes))));
    }

    private LayerWeights weights(LayerWeights shapes) {
        Random random = new Random(seed);
        Map<MemoryTensor, Tensor> weights = new EnumMap<>(MemoryTensor.class);
        for (MemoryTensor tensor : MemoryTensor.values()) {
            Tensor like = shapes.find(tensor);
            if (like != null) {
                double factor = tensor.name().startsWith("DELTA_") ? deltaFactor : 1;
                weights.put(tensor, gaussian(like.shape(), factor * scale(tensor, like.shape()), random));
            }
        }
        return LayerWeights.of(weights);
    }

    /** A scale that keeps sums near 1; r is small for a large state, so that float32 can tell scores apart. */
    private double scale(MemoryTensor tensor, Shape shape) {
        double perInput = shape.rank() == 2 ? 1 / Math.sqrt(shape.dim(1)) : 1;
        return tensor == MemoryTensor.RECEPTANCE ? perInput / Math.sqrt(Math.max(1, sizes.stateScale())) : perInput;
    }

    private static Tensor gaussian(Shape shape, double scale, Random random) {
        return Tensor.ofRounded(shape,
                IntStream.range(0, shape.count()).mapToDouble(i -> scale * random.nextGaussian()).toArray());
    }

    /** The state before the call, at a random position in the ring of slots. */
    LayerState initial() {
        Random random = new Random(seed + 1);
        MemoryConfig config = sizes.config();
        int r = config.rank();
        return new LayerState(
                gaussian(Shape.of(config.numStateHeads(), config.numStates(), r, r), sizes.stateScale(), random),
                random.nextInt(3 * config.numStates() * (int) config.chunkSize()),
                gaussian(Shape.of(config.readDim()), 1, random));
    }

    /** A streaming call in which about every fifth token is masked. */
    ForwardInput input() {
        Random random = new Random(seed + 2);
        Tensor hidden = gaussian(Shape.of(sizes.tokens(), sizes.config().hiddenSize()), sizes.hiddenScale(), random);
        boolean[] valid = new boolean[sizes.tokens()];
        for (int t = 0; t < valid.length; t++) {
            valid[t] = random.nextInt(MASKED_ONE_IN) != 0;
        }
        return ForwardInput.of(hidden).withMask(Tensor.ofBooleans(Shape.of(valid.length), valid))
                .withTaps(TAPS);
    }

    static TensorSet run(MemoryRuntime runtime, Sidecar sidecar, LayerState initial, ForwardInput input) {
        try (LoadedMemory memory = runtime.load(MemoryModel.of(sidecar)); MemorySession session = memory.newSession()) {
            session.setState(LAYER, initial);
            return session.forward(LAYER, input);
        } catch (NotEvaluatedException e) {
            throw new AssertionError(runtime.name() + " must evaluate this model: " + e.reason(), e);
        }
    }

    void onEveryRuntime(Consumer<LoadedModel> test) {
        withSidecar(sidecar -> {
            for (MemoryRuntime runtime : ParityRuntimes.all()) {
                try (LoadedMemory memory = runtime.load(MemoryModel.of(sidecar))) {
                    test.accept(new LoadedModel(runtime.name(), memory, sidecar));
                } catch (NotEvaluatedException e) {
                    throw new AssertionError(runtime.name() + " must evaluate this model: " + e.reason(), e);
                }
            }
        });
    }

    /** The model in one runtime. */
    record LoadedModel(String runtime, LoadedMemory memory, Sidecar sidecar) {
        ModelLimits limits(LayerState initial, ForwardInput input) {
            return ModelLimits.of(sidecar, initial, input);
        }

        TensorSet run(LayerState initial, ForwardInput input) {
            return Chunks.run(memory, LAYER, initial, input, List.of(input.tokens())).tensors();
        }

        LayerState stateAfter(LayerState initial, ForwardInput input) {
            return Chunks.run(memory, LAYER, initial, input, List.of(input.tokens())).state();
        }
    }
}
