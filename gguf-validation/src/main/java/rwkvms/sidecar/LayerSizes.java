package rwkvms.sidecar;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The sizes that the symbols of sidecar.md's shapes stand for, as far as a file has them.
 *
 * <p>D, G and the core's widths follow from keys and settings. H has no key: it is what most of the memory projections
 * have beside D, so that a single transposed one does not decide. The outputs of the delta projections are those of
 * {@code per_layer_attention_json}.
 *
 * @param readDim D, or 0 if rank or heads are unusable
 * @param hiddenSize H, or 0 if no memory projection tells
 */
public record LayerSizes(long readDim, long hiddenSize, long gateWidth, Map<Integer, JsonNode> attention) {
    public static LayerSizes of(SidecarFile file) {
        long heads = SidecarSettings.heads(file);
        long width = heads * file.integer(SidecarKey.RANK).orElse(0);
        return new LayerSizes(width, hiddenSize(file, width),
                SidecarSettings.flag(file, SidecarSettings.RANKWISE_GATES) ? width : heads,
                attention(file));
    }

    /** PyTorch shape of a layer's tensor; a size that the file does not have is empty. */
    public List<OptionalLong> shape(int layer, MemoryTensor tensor) {
        List<OptionalLong> shape = new ArrayList<>();
        for (Dim dim : tensor.dims()) {
            long size = size(layer, dim);
            shape.add(size > 0 ? OptionalLong.of(size) : OptionalLong.empty());
        }
        return shape;
    }

    private long size(int layer, Dim dim) {
        return switch (dim) {
            case D -> readDim;
            case H -> hiddenSize;
            case G -> gateWidth;
            case L_W -> readDim == 0 ? 0 : CoreWidths.of(readDim).w();
            case L_A -> readDim == 0 ? 0 : CoreWidths.of(readDim).a();
            case L_G -> readDim == 0 ? 0 : CoreWidths.of(readDim).g();
            case Q_OUT -> output(layer, "q_out");
            case K_OUT -> output(layer, "k_out");
            case V_OUT -> output(layer, "v_out");
            case O_OUT -> output(layer, "o_out");
        };
    }

    private long output(int layer, String name) {
        JsonNode attentionOfLayer = attention.get(layer);
        return attentionOfLayer == null ? 0 : attentionOfLayer.path(name).asLong();
    }

    private static long hiddenSize(SidecarFile file, long width) {
        Map<Long, Integer> votes = new HashMap<>();
        for (NamedTensor tensor : file.tensors()) {
            List<Long> ne = tensor.info().ne();
            if (tensor.has(MemoryTensor.MEM_Q.dims()) && ne.size() == 2) {
                boolean transposed = ne.getFirst() == width && ne.getLast() != width;
                votes.merge(transposed ? ne.getLast() : ne.getFirst(), 1, Integer::sum);
            }
        }
        Comparator<Map.Entry<Long, Integer>> order = Map.Entry.comparingByValue();
        return votes.entrySet().stream().max(order.thenComparing(Map.Entry.comparingByKey())).map(Map.Entry::getKey)
                .orElse(0L);
    }

    private static Map<Integer, JsonNode> attention(SidecarFile file) {
        Map<Integer, JsonNode> layers = new HashMap<>();
        for (JsonNode layer : file.json(SidecarKey.PER_LAYER_ATTENTION)) {
            if (layer.path("layer").isInt()) {
                layers.putIfAbsent(layer.path("layer").intValue(), layer);
            }
        }
        return layers;
    }
}
