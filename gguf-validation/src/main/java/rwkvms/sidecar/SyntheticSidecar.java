package rwkvms.sidecar;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import rwkvms.fixtures.DType;
import rwkvms.fixtures.DeltaHead;
import rwkvms.fixtures.MemoryConfig;
import rwkvms.fixtures.Sha256;
import rwkvms.fixtures.Shape;
import rwkvms.fixtures.Tensor;
import rwkvms.fixtures.UpdateMode;

/**
 * The sizes and settings of a valid sidecar whose weights are drawn from a seed ({@link SyntheticWeights} says how):
 * real in everything but what it has learned.
 *
 * <p>{@link #draft} makes what {@link SidecarWriter} writes. {@link #SMALL} and {@link #PUBLISHED} are starting points,
 * the {@code with…} methods change one thing each. {@link IllegalArgumentException} where a validator would refuse the
 * result as malformed.
 *
 * @param formatVersion of the container, 1 or 2
 * @param semanticsVersion 1, or 2 in a container of version 2
 * @param layers attention widths of every wrapped layer
 * @param dtype bfloat16, float16 or float32
 * @param zeroDelta whether all delta projections are zero, so that every delta is
 * @param baseGguf name of the base model's file, or empty
 * @param baseSha256 its SHA-256
 */
public record SyntheticSidecar(int formatVersion, int semanticsVersion, int hiddenSize, int rank, int numStateHeads,
        int numStates, int chunkSize, double alpha, boolean normalizeQk, boolean coupleLambda, boolean rankwiseGates,
        UpdateMode updateMode, double eraseGate, int readTopK, List<DeltaHead> deltaHeads,
        SortedMap<Integer, AttentionWidths> layers, DType dtype, boolean zeroDelta, String baseGguf,
        String baseSha256) {
    /** A base that no file can be expected to have. */
    private static final String NO_BASE = "0".repeat(Sha256.HEX_LENGTH);
    private static final AttentionWidths SMALL_WIDTHS = new AttentionWidths(96, 48, 48, 64);

    /** Two layers of hidden size 64 and rank 8: 11 thousand values, the published settings. */
    public static final SyntheticSidecar SMALL = new SyntheticSidecar(1, 1, 64, 8, 1, 4, 1024, 16, true, true, true,
            UpdateMode.STANDARD, 1, 0, List.of(DeltaHead.Q, DeltaHead.O),
            new TreeMap<>(Map.of(0, SMALL_WIDTHS, 1, SMALL_WIDTHS)), DType.BFLOAT16, false, "", NO_BASE);

    /** The published sizes: six layers of hidden size 2560, the last one with full attention; 797,808 values. */
    public static final SyntheticSidecar PUBLISHED = SMALL.withHiddenSize(2560)
            .withLayers(new TreeMap<>(Map.of(0, AttentionWidths.SLIDING, 1, AttentionWidths.SLIDING, 2,
                    AttentionWidths.SLIDING, 3, AttentionWidths.SLIDING, 4, AttentionWidths.SLIDING, 5,
                    AttentionWidths.FULL)));

    public SyntheticSidecar {
        SidecarSchema.of(formatVersion);
        range("semantics version", semanticsVersion, 1, formatVersion);
        range("hidden size", hiddenSize, 1, Integer.MAX_VALUE);
        range("rank", rank, 1, SettingRule.MAX_STATE_WIDTH);
        range("state heads", numStateHeads, 1, SettingRule.MAX_STATE_WIDTH / rank);
        range("states", numStates, 1, Integer.MAX_VALUE);
        range("chunk size", chunkSize, 1, Integer.MAX_VALUE);
        range("top k", readTopK, 0, Integer.MAX_VALUE);
        range("layers", layers.size(), 1, LayerRule.MAX_LAYERS);
        if (!(alpha > 0 && Float.isFinite((float) alpha))) {
            throw new IllegalArgumentException("alpha: expected a finite number above 0, found " + alpha);
        }
        if (!Double.isFinite(eraseGate)) {
            throw new IllegalArgumentException("erase gate: expected a finite number, found " + eraseGate);
        }
        if (TensorTypes.ggml(dtype).isEmpty()) {
            throw new IllegalArgumentException(
                    "dtype: expected bfloat16, float16 or float32, found " + dtype.label());
        }
        deltaHeads = deltaHeads.stream().distinct().sorted().toList();
        layers = Collections.unmodifiableSortedMap(new TreeMap<>(layers));
        layers.forEach((layer, widths) -> {
            range("layer", layer, 0, TensorNames.MAX_LAYER);
            range("q width of layer " + layer, widths.q(), 1, Integer.MAX_VALUE);
            range("k width of layer " + layer, widths.k(), 1, Integer.MAX_VALUE);
            range("v width of layer " + layer, widths.v(), 1, Integer.MAX_VALUE);
            range("o width of layer " + layer, widths.o(), 1, Integer.MAX_VALUE);
        });
    }

    private static void range(String what, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(what + ": expected " + min + " to " + max + ", found " + value);
        }
    }

    /**
     * Equal seeds give equal weights; a layer's do not depend on what other layers there are.
     *
     * @throws IllegalArgumentException for more than {@value SyntheticManifest#MAX_VALUES} values
     */
    public SidecarDraft draft(long seed) {
        range("values", values(), 1, SyntheticManifest.MAX_VALUES);
        ObjectNode config = config();
        ObjectNode metadata = JsonNodeFactory.instance.objectNode().put("memory_type", "delta-mem-rwkv-ms")
                .put("synthetic_seed", seed);
        SidecarOrigin origin = new SidecarOrigin("synthetic", "", "", baseGguf, baseSha256, "", "");
        SyntheticWeights weights = new SyntheticWeights(seed, rank, zeroDelta);
        SortedMap<Integer, LayerWeights> drawn = new TreeMap<>();
        layers.forEach((layer, widths) -> drawn.put(layer, draw(layer, widths, weights)));
        return new SidecarDraft(formatVersion, ExporterTexts.SYNTHETIC, origin, config, metadata, config, drawn);
    }

    /** In floating point until it is known to be small. */
    private long values() {
        double values = 0;
        for (AttentionWidths widths : layers.values()) {
            for (MemoryTensor tensor : MemoryTensor.values()) {
                if (!coupleLambda || !tensor.ofFreeLambda()) {
                    values += tensor.dims().stream().mapToDouble(dim -> size(dim, widths)).reduce(1, (a, b) -> a * b);
                }
            }
        }
        return (long) values;
    }

    private LayerWeights draw(int layer, AttentionWidths widths, SyntheticWeights weights) {
        Map<MemoryTensor, Tensor> tensors = new EnumMap<>(MemoryTensor.class);
        for (MemoryTensor tensor : MemoryTensor.values()) {
            if (!coupleLambda || !tensor.ofFreeLambda()) {
                Shape shape = Shape.of(tensor.dims().stream().mapToLong(dim -> size(dim, widths)).toArray());
                tensors.put(tensor, weights.draw(new TensorNames.Ref(layer, tensor), shape, dtype));
            }
        }
        return LayerWeights.of(tensors);
    }

    private int size(Dim dim, AttentionWidths widths) {
        int d = rank * numStateHeads;
        return switch (dim) {
            case D -> d;
            case H -> hiddenSize;
            case G -> rankwiseGates ? d : numStateHeads;
            case L_W -> CoreWidths.of(d).w();
            case L_A -> CoreWidths.of(d).a();
            case L_G -> CoreWidths.of(d).g();
            case Q_OUT -> widths.q();
            case K_OUT -> widths.k();
            case V_OUT -> widths.v();
            case O_OUT -> widths.o();
        };
    }

    private ObjectNode config() {
        ObjectNode config = JsonNodeFactory.instance.objectNode().put("rank", rank).put("alpha", alpha)
                .put("memory_backend", SidecarSchema.MEMORY_BACKEND).put("memory_readout_mode", "delta")
                .put(SidecarSettings.NORMALIZE_QK, normalizeQk).put(SidecarSettings.COUPLE_LAMBDA, coupleLambda)
                .put(SidecarSettings.RANKWISE_GATES, rankwiseGates).put(SidecarSettings.UPDATE_MODE, updateMode.label())
                .put("num_state_heads", numStateHeads).put(SidecarSettings.TRAINABLE_DELTA_SCALE, false)
                .put("rwkv_ms_num_states", numStates).put("rwkv_ms_chunk_size", chunkSize)
                .put("rwkv_ms_boundary_mode", MemoryConfig.FIXED_CHUNK).put(SidecarSettings.ERASE_GATE, eraseGate)
                .put(SidecarSettings.READ_TOP_K, readTopK);
        if (formatVersion > 1) {
            config.put("rwkv_ms_semantics_version", semanticsVersion);
        }
        layers.keySet().forEach(config.putArray("target_layers")::add);
        deltaHeads.forEach(head -> config.withArray("delta_heads").add(head.label()));
        config.withArray("delta_heads");
        return config;
    }

    public SyntheticSidecar withHiddenSize(int value) {
        return new SyntheticSidecar(formatVersion, semanticsVersion, value, rank, numStateHeads, numStates, chunkSize,
                alpha, normalizeQk, coupleLambda, rankwiseGates, updateMode, eraseGate, readTopK, deltaHeads, layers,
                dtype, zeroDelta, baseGguf, baseSha256);
    }

    public SyntheticSidecar withRank(int value) {
        return new SyntheticSidecar(formatVersion, semanticsVersion, hiddenSize, value, numStateHeads, numStates,
                chunkSize, alpha, normalizeQk, coupleLambda, rankwiseGates, updateMode, eraseGate, readTopK, deltaHeads,
                layers, dtype, zeroDelta, baseGguf, baseSha256);
    }

    public SyntheticSidecar withNumStateHeads(int value) {
        return new SyntheticSidecar(formatVersion, semanticsVersion, hiddenSize, rank, value, numStates, chunkSize,
                alpha, normalizeQk, coupleLambda, rankwiseGates, updateMode, eraseGate, readTopK, deltaHeads, layers,
                dtype, zeroDelta, baseGguf, baseSha256);
    }

    public SyntheticSidecar withNumStates(int value) {
        return new SyntheticSidecar(formatVersion, semanticsVersion, hiddenSize, rank, numStateHeads, value, chunkSize,
                alpha, normalizeQk, coupleLambda, rankwiseGates, updateMode, eraseGate, readTopK, deltaHeads, layers,
                dtype, zeroDelta, baseGguf, baseSha256);
    }

    public SyntheticSidecar withChunkSize(int value) {
        return new SyntheticSidecar(formatVersion, semanticsVersion, hiddenSize, rank, numStateHeads, numStates, value,
                alpha, normalizeQk, coupleLambda, rankwiseGates, updateMode, eraseGate, readTopK, deltaHeads, layers,
                dtype, zeroDelta, baseGguf, baseSha256);
    }

    public SyntheticSidecar withAlpha(double value) {
        return new SyntheticSidecar(formatVersion, semanticsVersion, hiddenSize, rank, numStateHeads, numStates,
                chunkSize, value, normalizeQk, coupleLambda, rankwiseGates, updateMode, eraseGate, readTopK, deltaHeads,
                layers, dtype, zeroDelta, baseGguf, baseSha256);
    }

    public SyntheticSidecar withNormalizeQk(boolean value) {
        return new SyntheticSidecar(formatVersion, semanticsVersion, hiddenSize, rank, numStateHeads, numStates,
                chunkSize, alpha, value, coupleLambda, rankwiseGates, updateMode, eraseGate, readTopK, deltaHeads,
                layers, dtype, zeroDelta, baseGguf, baseSha256);
    }

    public SyntheticSidecar withCoupleLambda(boolean value) {
        return new SyntheticSidecar(formatVersion, semanticsVersion, hiddenSize, rank, numStateHeads, numStates,
                chunkSize, alpha, normalizeQk, value, rankwiseGates, updateMode, eraseGate, readTopK, deltaHeads,
                layers, dtype, zeroDelta, baseGguf, baseSha256);
    }

    public SyntheticSidecar withRankwiseGates(boolean value) {
        return new SyntheticSidecar(formatVersion, semanticsVersion, hiddenSize, rank, numStateHeads, numStates,
                chunkSize, alpha, normalizeQk, coupleLambda, value, updateMode, eraseGate, readTopK, deltaHeads, layers,
                dtype, zeroDelta, baseGguf, baseSha256);
    }

    public SyntheticSidecar withUpdateMode(UpdateMode value) {
        return new SyntheticSidecar(formatVersion, semanticsVersion, hiddenSize, rank, numStateHeads, numStates,
                chunkSize, alpha, normalizeQk, coupleLambda, rankwiseGates, value, eraseGate, readTopK, deltaHeads,
                layers, dtype, zeroDelta, baseGguf, baseSha256);
    }

    public SyntheticSidecar withEraseGate(double value) {
        return new SyntheticSidecar(formatVersion, semanticsVersion, hiddenSize, rank, numStateHeads, numStates,
                chunkSize, alpha, normalizeQk, coupleLambda, rankwiseGates, updateMode, value, readTopK, deltaHeads,
                layers, dtype, zeroDelta, baseGguf, baseSha256);
    }

    public SyntheticSidecar withReadTopK(int value) {
        return new SyntheticSidecar(formatVersion, semanticsVersion, hiddenSize, rank, numStateHeads, numStates,
                chunkSize, alpha, normalizeQk, coupleLambda, rankwiseGates, updateMode, eraseGate, value, deltaHeads,
                layers, dtype, zeroDelta, baseGguf, baseSha256);
    }

    public SyntheticSidecar withDeltaHeads(List<DeltaHead> value) {
        return new SyntheticSidecar(formatVersion, semanticsVersion, hiddenSize, rank, numStateHeads, numStates,
                chunkSize, alpha, normalizeQk, coupleLambda, rankwiseGates, updateMode, eraseGate, readTopK, value,
                layers, dtype, zeroDelta, baseGguf, baseSha256);
    }

    public SyntheticSidecar withLayers(SortedMap<Integer, AttentionWidths> value) {
        return new SyntheticSidecar(formatVersion, semanticsVersion, hiddenSize, rank, numStateHeads, numStates,
                chunkSize, alpha, normalizeQk, coupleLambda, rankwiseGates, updateMode, eraseGate, readTopK, deltaHeads,
                value, dtype, zeroDelta, baseGguf, baseSha256);
    }

    public SyntheticSidecar withDtype(DType value) {
        return new SyntheticSidecar(formatVersion, semanticsVersion, hiddenSize, rank, numStateHeads, numStates,
                chunkSize, alpha, normalizeQk, coupleLambda, rankwiseGates, updateMode, eraseGate, readTopK, deltaHeads,
                layers, value, zeroDelta, baseGguf, baseSha256);
    }

    public SyntheticSidecar withZeroDelta(boolean value) {
        return new SyntheticSidecar(formatVersion, semanticsVersion, hiddenSize, rank, numStateHeads, numStates,
                chunkSize, alpha, normalizeQk, coupleLambda, rankwiseGates, updateMode, eraseGate, readTopK, deltaHeads,
                layers, dtype, value, baseGguf, baseSha256);
    }

    public SyntheticSidecar withVersions(int format, int semantics) {
        return new SyntheticSidecar(format, semantics, hiddenSize, rank, numStateHeads, numStates, chunkSize, alpha,
                normalizeQk, coupleLambda, rankwiseGates, updateMode, eraseGate, readTopK, deltaHeads, layers, dtype,
                zeroDelta, baseGguf, baseSha256);
    }

    /** Bound to a base model's file by its SHA-256; the name is a hint. */
    public SyntheticSidecar withBase(String name, String sha256) {
        return new SyntheticSidecar(formatVersion, semanticsVersion, hiddenSize, rank, numStateHeads, numStates,
                chunkSize, alpha, normalizeQk, coupleLambda, rankwiseGates, updateMode, eraseGate, readTopK, deltaHeads,
                layers, dtype, zeroDelta, name, sha256);
    }

    /** Bound to this file, which is read once from end to end. */
    public SyntheticSidecar withBase(Path file) throws IOException {
        return withBase(String.valueOf(file.getFileName()), Sha256.of(file));
    }
}
