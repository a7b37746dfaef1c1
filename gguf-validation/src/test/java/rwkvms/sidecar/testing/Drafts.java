package rwkvms.sidecar.testing;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import rwkvms.sidecar.CoreWidths;
import rwkvms.sidecar.Dim;
import rwkvms.sidecar.ExporterTexts;
import rwkvms.sidecar.LayerWeights;
import rwkvms.sidecar.MemoryTensor;
import rwkvms.sidecar.SidecarDraft;
import rwkvms.sidecar.SidecarOrigin;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** Drafts of valid sidecars with random weights. */
public final class Drafts {
    /** What every draft names as its base. */
    public static final String BASE_SHA256 = "0123456789abcdef".repeat(4);

    private Drafts() {
    }

    public static SidecarDraft of(SidecarSizes sizes, long seed) {
        ObjectNode config = config(sizes);
        ObjectNode metadata = JsonNodeFactory.instance.objectNode();
        metadata.put("memory_type", "delta-mem-rwkv-ms").put("base_model", "a base").put("note", "Größe 1e-06");
        SidecarOrigin origin = new SidecarOrigin("synthetic", "", "", "base.gguf", BASE_SHA256, "", "");
        SortedMap<Integer, LayerWeights> layers = new TreeMap<>();
        Random random = new Random(seed);
        sizes.layers().forEach(layer -> layers.put(layer, weights(sizes, random)));
        return new SidecarDraft(sizes.formatVersion(), ExporterTexts.OWN, origin, config, metadata, config, layers);
    }

    private static ObjectNode config(SidecarSizes sizes) {
        ObjectNode config = JsonNodeFactory.instance.objectNode();
        config.put("rank", sizes.rank()).put("alpha", 16.0).put("num_state_heads", sizes.heads());
        config.put("rwkv_ms_num_states", 4).put("rwkv_ms_chunk_size", 1024);
        config.put("rwkv_ms_boundary_mode", "fixed_chunk").put("rwkv_ms_semantics_version", sizes.semantics());
        config.put("normalize_qk", true).put("couple_lambda", sizes.coupled());
        config.put("rankwise_gates", sizes.rankwise()).put("state_update_mode", sizes.mode().label());
        config.put("rwkv_ms_erase_gate", 0.5).put("rwkv_ms_read_top_k", 2).put("trainable_delta_scale", false);
        ArrayNode layers = config.putArray("target_layers");
        sizes.layers().forEach(layers::add);
        ArrayNode heads = config.putArray("delta_heads");
        sizes.deltaHeads().forEach(head -> heads.add(head.label()));
        return config;
    }

    private static LayerWeights weights(SidecarSizes sizes, Random random) {
        Map<MemoryTensor, Tensor> weights = new EnumMap<>(MemoryTensor.class);
        for (MemoryTensor tensor : MemoryTensor.values()) {
            if (!sizes.coupled() || !tensor.ofFreeLambda()) {
                long[] dims = tensor.dims().stream().mapToLong(dim -> size(dim, sizes)).toArray();
                weights.put(tensor, random(sizes, Shape.of(dims), random));
            }
        }
        return LayerWeights.of(weights);
    }

    private static long size(Dim dim, SidecarSizes sizes) {
        int d = sizes.readDim();
        return switch (dim) {
            case D -> d;
            case H, O_OUT -> sizes.hidden();
            case G -> sizes.rankwise() ? d : sizes.heads();
            case L_W -> CoreWidths.of(d).w();
            case L_A -> CoreWidths.of(d).a();
            case L_G -> CoreWidths.of(d).g();
            case Q_OUT -> sizes.qOut();
            case K_OUT, V_OUT -> sizes.kOut();
        };
    }

    /** Finite values: a NaN is a fault of its own. */
    private static Tensor random(SidecarSizes sizes, Shape shape, Random random) {
        ByteBuffer bytes = ByteBuffer.allocate(shape.count() * sizes.dtype().bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < shape.count(); i++) {
            float value = (float) random.nextGaussian();
            switch (sizes.dtype()) {
                case BFLOAT16 -> bytes.putShort((short) (Float.floatToIntBits(value) >>> Short.SIZE));
                case FLOAT16 -> bytes.putShort(Float.floatToFloat16(value));
                default -> bytes.putFloat(value);
            }
        }
        return Tensor.copyOf(sizes.dtype(), shape, bytes.array());
    }
}
