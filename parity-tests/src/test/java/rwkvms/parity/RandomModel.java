package rwkvms.parity;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import rwkvms.fixtures.Shape;
import rwkvms.fixtures.Tensor;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.Taps;
import rwkvms.sidecar.CoreWidths;
import rwkvms.sidecar.Dim;
import rwkvms.sidecar.ExporterTexts;
import rwkvms.sidecar.LayerWeights;
import rwkvms.sidecar.MemoryTensor;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.SidecarDraft;
import rwkvms.sidecar.SidecarOrigin;
import rwkvms.sidecar.SidecarWriter;

/**
 * Weights, state and input drawn from one seed; the weights travel through a sidecar file, as real ones do.
 *
 * @param deltaFactor of the delta projections
 */
record RandomModel(RandomSizes sizes, long seed, double deltaFactor) {
    static final int LAYER = 3;
    /** The models name a base that nobody has; no runtime needs it for the memory's math. */
    private static final String BASE_SHA256 = "0123456789abcdef".repeat(4);
    /** Weights, state and input have one each. */
    private static final int SEEDS_PER_MODEL = 3;
    private static final double ALPHA = 4;
    private static final double HIDDEN_SCALE = 0.5;
    private static final int MASKED_ONE_IN = 5;
    private static final int OUTPUT_STEP = 16;

    /** Writes the sidecar into {@code target/} and hands it over opened; the file is deleted afterwards. */
    void withSidecar(Consumer<Sidecar> test) {
        try {
            Path file = Files.createTempFile(Path.of("target"), "random-", ".gguf");
            try {
                SidecarWriter.write(file, draft(), true);
                try (Sidecar sidecar = Sidecar.open(file)) {
                    test.accept(sidecar);
                }
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same sizes, drawn anew. */
    RandomModel redrawn() {
        return new RandomModel(sizes, seed + SEEDS_PER_MODEL, deltaFactor);
    }

    /** With half the tokens, and half the state where it is a small one. */
    RandomModel halved() {
        return new RandomModel(sizes.halved(), seed, deltaFactor);
    }

    RandomModel withDeltaFactor(double factor) {
        return new RandomModel(sizes, seed, factor);
    }

    private SidecarDraft draft() {
        ObjectNode config = config();
        ObjectNode metadata = JsonNodeFactory.instance.objectNode().put("memory_type", "delta-mem-rwkv-ms")
                .put("base_model", "random");
        SidecarOrigin origin = new SidecarOrigin("synthetic", "", "", "base.gguf", BASE_SHA256, "", "");
        SortedMap<Integer, LayerWeights> layers = new TreeMap<>(Map.of(LAYER, weights()));
        return new SidecarDraft(2, ExporterTexts.OWN, origin, config, metadata, config, layers);
    }

    private ObjectNode config() {
        ObjectNode config = JsonNodeFactory.instance.objectNode();
        config.put("rank", sizes.rank()).put("alpha", ALPHA).put("num_state_heads", sizes.heads());
        config.put("rwkv_ms_num_states", sizes.states()).put("rwkv_ms_chunk_size", sizes.chunkSize());
        config.put("rwkv_ms_boundary_mode", "fixed_chunk").put("rwkv_ms_semantics_version", sizes.semantics());
        config.put("normalize_qk", sizes.normalizeQk()).put("couple_lambda", sizes.coupled());
        config.put("rankwise_gates", sizes.rankwise()).put("state_update_mode", sizes.mode().label());
        config.put("rwkv_ms_erase_gate", sizes.eraseGate()).put("rwkv_ms_read_top_k", sizes.topK());
        config.put("trainable_delta_scale", false);
        config.putArray("target_layers").add(LAYER);
        ArrayNode heads = config.putArray("delta_heads");
        sizes.deltaHeads().forEach(head -> heads.add(head.label()));
        return config;
    }

    private LayerWeights weights() {
        Random random = new Random(seed);
        Map<MemoryTensor, Tensor> weights = new EnumMap<>(MemoryTensor.class);
        for (MemoryTensor tensor : MemoryTensor.values()) {
            if (!sizes.coupled() || !tensor.ofFreeLambda()) {
                Shape shape = Shape.of(tensor.dims().stream().mapToLong(this::size).toArray());
                double factor = tensor.name().startsWith("DELTA_") ? deltaFactor : 1;
                weights.put(tensor, gaussian(shape, factor * scale(tensor, shape), random));
            }
        }
        return LayerWeights.of(weights);
    }

    /** Keeps sums near 1; with a large state r is small, so that scores stay where float32 can tell them apart. */
    private double scale(MemoryTensor tensor, Shape shape) {
        double perInput = shape.rank() == 2 ? 1 / Math.sqrt(shape.dim(1)) : 1;
        return tensor == MemoryTensor.RECEPTANCE ? perInput / Math.sqrt(Math.max(1, sizes.stateScale())) : perInput;
    }

    private long size(Dim dim) {
        int d = sizes.readDim();
        return switch (dim) {
            case D -> d;
            case H -> sizes.hidden();
            case G -> sizes.rankwise() ? d : sizes.heads();
            case L_W -> CoreWidths.of(d).w();
            case L_A -> CoreWidths.of(d).a();
            case L_G -> CoreWidths.of(d).g();
            case Q_OUT -> 3 * OUTPUT_STEP;
            case K_OUT -> OUTPUT_STEP;
            case V_OUT, O_OUT -> 2 * OUTPUT_STEP;
        };
    }

    private static Tensor gaussian(Shape shape, double scale, Random random) {
        return Tensor.ofRounded(shape,
                IntStream.range(0, shape.count()).mapToDouble(i -> scale * random.nextGaussian()).toArray());
    }

    /** State before the call; the position is somewhere in the ring of slots. */
    LayerState initial() {
        Random random = new Random(seed + 1);
        int r = sizes.rank();
        return new LayerState(gaussian(Shape.of(sizes.heads(), sizes.states(), r, r), sizes.stateScale(), random),
                random.nextInt(3 * sizes.states() * sizes.chunkSize()),
                gaussian(Shape.of(sizes.readDim()), 1, random));
    }

    /** A streaming call in which about every fifth token is masked. */
    ForwardInput input() {
        Random random = new Random(seed + 2);
        Tensor hidden = gaussian(Shape.of(sizes.tokens(), sizes.hidden()), HIDDEN_SCALE, random);
        boolean[] valid = new boolean[sizes.tokens()];
        for (int t = 0; t < valid.length; t++) {
            valid[t] = random.nextInt(MASKED_ONE_IN) != 0;
        }
        return ForwardInput.of(hidden).withMask(Tensor.ofBooleans(Shape.of(valid.length), valid))
                .withTaps(Taps.STEP_TRACE);
    }
}
