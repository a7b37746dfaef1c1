package rwkvms.sidecar.synthesis;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import rwkvms.file.Sha256;
import rwkvms.math.DeltaHead;
import rwkvms.math.MemoryConfig;
import rwkvms.math.UpdateMode;
import rwkvms.sidecar.AttentionWidths;
import rwkvms.sidecar.CoreWidths;
import rwkvms.sidecar.Dim;
import rwkvms.sidecar.ExporterTexts;
import rwkvms.sidecar.LayerWeights;
import rwkvms.sidecar.MemoryTensor;
import rwkvms.sidecar.SidecarDraft;
import rwkvms.sidecar.SidecarOrigin;
import rwkvms.sidecar.SidecarSchema;
import rwkvms.sidecar.SidecarSettings;
import rwkvms.sidecar.SidecarWriter;
import rwkvms.sidecar.TensorNames;
import rwkvms.sidecar.TensorTypes;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * The sizes and settings of a valid sidecar whose weights are drawn from a seed, as {@link SyntheticWeights} says: real
 * in everything but what it has learned.
 *
 * <p>{@link #draft} makes what {@link SidecarWriter} writes. {@link #SMALL} and {@link #PUBLISHED} are starting points,
 * and each {@code with…} method changes one thing. What a validator would refuse as malformed causes an {@link
 * IllegalArgumentException}.
 *
 * @param formatVersion 1 or 2
 * @param config its semantics are 1, or 2 in format version 2
 * @param layers attention widths of every wrapped layer
 * @param dtype bfloat16, float16 or float32
 * @param zeroDelta whether all delta projections are zero, so that every delta is
 * @param baseGguf name of the base model's file, or empty
 * @param baseSha256 SHA-256 of that file
 */
public record SyntheticSidecar(int formatVersion, MemoryConfig config, SortedMap<Integer, AttentionWidths> layers,
        DType dtype, boolean zeroDelta, String baseGguf, String baseSha256) {
    /** A hash that no file is expected to have. */
    private static final String NO_BASE = "0".repeat(Sha256.HEX_LENGTH);
    private static final AttentionWidths SMALL_WIDTHS = new AttentionWidths(96, 48, 48, 64);

    /** Two layers of hidden size 64 and rank 8: 11 thousand values, the published settings. */
    public static final SyntheticSidecar SMALL = new SyntheticSidecar(1,
            new MemoryConfig(64, 8, 1, 4, 1024, 16, 1, 0, 1, UpdateMode.STANDARD, Set.of(DeltaHead.Q, DeltaHead.O),
                    true,
                    true, true),
            new TreeMap<>(Map.of(0, SMALL_WIDTHS, 1, SMALL_WIDTHS)), DType.BFLOAT16, false, "", NO_BASE);

    /** The published sizes: six layers of hidden size 2560, the last one with full attention; 797,808 values. */
    public static final SyntheticSidecar PUBLISHED = SMALL.with(config -> config.withHiddenSize(2560))
            .withLayers(new TreeMap<>(Map.of(0, AttentionWidths.SLIDING, 1, AttentionWidths.SLIDING, 2,
                    AttentionWidths.SLIDING, 3, AttentionWidths.SLIDING, 4, AttentionWidths.SLIDING, 5,
                    AttentionWidths.FULL)));

    public SyntheticSidecar {
        SidecarSchema.of(formatVersion);
        range("semantics version", config.semanticsVersion(), 1, formatVersion);
        range("hidden size", config.hiddenSize(), 1, Integer.MAX_VALUE);
        range("rank", config.rank(), 1, SidecarSchema.MAX_STATE_WIDTH);
        range("state heads", config.numStateHeads(), 1, SidecarSchema.MAX_STATE_WIDTH / config.rank());
        range("states", config.numStates(), 1, Integer.MAX_VALUE);
        range("chunk size", config.chunkSize(), 1, Integer.MAX_VALUE);
        range("top k", config.readTopK(), 0, Integer.MAX_VALUE);
        range("layers", layers.size(), 1, SidecarSchema.MAX_LAYERS);
        if (!(config.alpha() > 0 && Float.isFinite((float) config.alpha()))) {
            throw new IllegalArgumentException("alpha: expected a finite number above 0, found " + config.alpha());
        }
        if (!Double.isFinite(config.eraseGate())) {
            throw new IllegalArgumentException("erase gate: expected a finite number, found " + config.eraseGate());
        }
        if (TensorTypes.ggml(dtype).isEmpty()) {
            throw new IllegalArgumentException(
                    "dtype: expected bfloat16, float16 or float32, found " + dtype.label());
        }
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
     * A draft with drawn weights. Equal seeds give equal weights, and those of a layer do not depend on other layers.
     *
     * @throws IllegalArgumentException for more than {@value SyntheticManifest#MAX_VALUES} values
     */
    public SidecarDraft draft(long seed) {
        range("values", values(tensor -> true), 1, SyntheticManifest.MAX_VALUES);
        ObjectNode json = configJson();
        ObjectNode metadata = JsonNodeFactory.instance.objectNode().put("memory_type", "delta-mem-rwkv-ms")
                .put("synthetic_seed", seed);
        SidecarOrigin origin = new SidecarOrigin("synthetic", "", "", baseGguf, baseSha256, "", "");
        SyntheticWeights weights = new SyntheticWeights(seed, config.rank(), zeroDelta);
        SortedMap<Integer, LayerWeights> drawn = new TreeMap<>();
        layers.forEach((layer, widths) -> drawn.put(layer, draw(layer, widths, weights)));
        return new SidecarDraft(formatVersion, ExporterTexts.SYNTHETIC, origin, json, metadata, json, drawn);
    }

    /** Number of values of the tensors that {@code which} selects, over all layers. */
    public long values(Predicate<MemoryTensor> which) {
        double values = 0; // an integer might overflow
        for (AttentionWidths widths : layers.values()) {
            for (MemoryTensor tensor : MemoryTensor.values()) {
                if (which.test(tensor) && (!config.coupleLambda() || !tensor.ofFreeLambda())) {
                    values += tensor.dims().stream().mapToDouble(dim -> size(dim, widths)).reduce(1, (a, b) -> a * b);
                }
            }
        }
        return (long) values;
    }

    private LayerWeights draw(int layer, AttentionWidths widths, SyntheticWeights weights) {
        Map<MemoryTensor, Tensor> tensors = new EnumMap<>(MemoryTensor.class);
        for (MemoryTensor tensor : MemoryTensor.values()) {
            if (!config.coupleLambda() || !tensor.ofFreeLambda()) {
                Shape shape = Shape.of(tensor.dims().stream().mapToLong(dim -> size(dim, widths)).toArray());
                tensors.put(tensor, weights.draw(new TensorNames.Ref(layer, tensor), shape, dtype));
            }
        }
        return LayerWeights.of(tensors);
    }

    private int size(Dim dim, AttentionWidths widths) {
        int d = config.readDim();
        return switch (dim) {
            case D -> d;
            case H -> config.hiddenSize();
            case G -> config.gateWidth();
            case L_W -> CoreWidths.of(d).w();
            case L_A -> CoreWidths.of(d).a();
            case L_G -> CoreWidths.of(d).g();
            case Q_OUT -> widths.q();
            case K_OUT -> widths.k();
            case V_OUT -> widths.v();
            case O_OUT -> widths.o();
        };
    }

    private ObjectNode configJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("rank", config.rank()).put("alpha", config.alpha())
                .put("memory_backend", SidecarSchema.MEMORY_BACKEND).put("memory_readout_mode", "delta")
                .put(SidecarSettings.NORMALIZE_QK, config.normalizeQk())
                .put(SidecarSettings.COUPLE_LAMBDA, config.coupleLambda())
                .put(SidecarSettings.RANKWISE_GATES, config.rankwiseGates())
                .put(SidecarSettings.UPDATE_MODE, config.updateMode().label())
                .put("num_state_heads", config.numStateHeads()).put(SidecarSettings.TRAINABLE_DELTA_SCALE, false)
                .put("rwkv_ms_num_states", config.numStates()).put("rwkv_ms_chunk_size", (int) config.chunkSize())
                .put("rwkv_ms_boundary_mode", MemoryConfig.FIXED_CHUNK)
                .put(SidecarSettings.ERASE_GATE, config.eraseGate())
                .put(SidecarSettings.READ_TOP_K, config.readTopK());
        if (formatVersion > 1) {
            json.put("rwkv_ms_semantics_version", config.semanticsVersion());
        }
        layers.keySet().forEach(json.putArray("target_layers")::add);
        config.deltaHeads().forEach(head -> json.withArray("delta_heads").add(head.label()));
        json.withArray("delta_heads");
        return json;
    }

    public SyntheticSidecar with(UnaryOperator<MemoryConfig> change) {
        return new SyntheticSidecar(formatVersion, change.apply(config), layers, dtype, zeroDelta, baseGguf,
                baseSha256);
    }

    public SyntheticSidecar withLayers(SortedMap<Integer, AttentionWidths> value) {
        return new SyntheticSidecar(formatVersion, config, value, dtype, zeroDelta, baseGguf, baseSha256);
    }

    public SyntheticSidecar withDtype(DType value) {
        return new SyntheticSidecar(formatVersion, config, layers, value, zeroDelta, baseGguf, baseSha256);
    }

    public SyntheticSidecar withZeroDelta(boolean value) {
        return new SyntheticSidecar(formatVersion, config, layers, dtype, value, baseGguf, baseSha256);
    }

    public SyntheticSidecar withVersions(int format, int semantics) {
        return new SyntheticSidecar(format, config.withSemanticsVersion(semantics), layers, dtype, zeroDelta, baseGguf,
                baseSha256);
    }

    /** Binds the sidecar to a base model's file by its SHA-256; the name is a hint. */
    public SyntheticSidecar withBase(String name, String sha256) {
        return new SyntheticSidecar(formatVersion, config, layers, dtype, zeroDelta, name, sha256);
    }

    /** Binds the sidecar to this file, which is read once from end to end. */
    public SyntheticSidecar withBase(Path file) throws IOException {
        return withBase(String.valueOf(file.getFileName()), Sha256.of(file));
    }
}
