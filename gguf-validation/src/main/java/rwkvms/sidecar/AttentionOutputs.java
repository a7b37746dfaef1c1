package rwkvms.sidecar;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/** {@code per_layer_attention_json}: the output widths of each layer's attention projections (sidecar.md). */
public final class AttentionOutputs {
    /** Names of the widths, in the order q, k, v, o. */
    public static final List<String> NAMES = List.of("q_out", "k_out", "v_out", "o_out");
    /** A layer with a wider q projection has full attention. */
    private static final int MAX_SLIDING_Q = 2048;

    private AttentionOutputs() {
    }

    /** The attention kind of a layer with a q projection of this width. */
    public static String kind(int q) {
        return q > MAX_SLIDING_Q ? "full_attention" : "sliding_attention";
    }

    public static ArrayNode json(SortedMap<Integer, LayerWeights> layers) {
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        for (Map.Entry<Integer, LayerWeights> layer : layers.entrySet()) {
            LayerWeights weights = layer.getValue();
            int q = weights.deltaQ().shape().dim(0);
            ObjectNode entry = all.addObject();
            entry.put("layer", layer.getKey());
            entry.put("attention_kind", kind(q));
            entry.put("q_out", q);
            entry.put("k_out", weights.deltaK().shape().dim(0));
            entry.put("v_out", weights.deltaV().shape().dim(0));
            entry.put("o_out", weights.deltaO().shape().dim(0));
            entry.putArray("active_delta_heads").add("q").add("o");
            entry.putArray("compat_delta_heads").add("k").add("v");
        }
        return all;
    }
}
