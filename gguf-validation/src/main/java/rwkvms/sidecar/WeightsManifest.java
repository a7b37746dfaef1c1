package rwkvms.sidecar;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.SortedMap;
import rwkvms.file.Sha256;
import rwkvms.tensor.Tensor;

/**
 * {@code tensor_manifest_json} of some weights, and its totals (sidecar.md).
 *
 * @param entries one object per tensor, in the order of a file
 */
public record WeightsManifest(ArrayNode entries, long totalNumel, long totalBytes) {
    public static WeightsManifest of(SortedMap<Integer, LayerWeights> layers) {
        ArrayNode entries = JsonNodeFactory.instance.arrayNode();
        long numel = 0;
        long bytes = 0;
        for (Map.Entry<Integer, LayerWeights> layer : layers.entrySet()) {
            for (Map.Entry<MemoryTensor, Tensor> tensor : layer.getValue().tensors().entrySet()) {
                entries.add(entry(new TensorNames.Ref(layer.getKey(), tensor.getKey()), tensor.getValue()));
                numel += tensor.getValue().count();
                bytes += tensor.getValue().bytes().byteSize();
            }
        }
        return new WeightsManifest(entries, numel, bytes);
    }

    private static ObjectNode entry(TensorNames.Ref ref, Tensor tensor) {
        ObjectNode entry = JsonNodeFactory.instance.objectNode();
        entry.put("name", ref.compact());
        entry.put("source_name", ref.source());
        ArrayNode shape = entry.putArray("shape");
        for (long dimension : tensor.shape().dims()) {
            shape.add(dimension);
        }
        entry.put("torch_dtype", tensor.dtype().label());
        entry.put("gguf_type", SidecarWriter.ggmlType(ref.compact(), tensor).name());
        entry.put("numel", tensor.count());
        entry.put("bytes", tensor.bytes().byteSize());
        entry.put("sha256_raw", Sha256.of(tensor.bytes()));
        return entry;
    }
}
