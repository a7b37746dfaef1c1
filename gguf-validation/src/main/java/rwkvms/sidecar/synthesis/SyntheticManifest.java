package rwkvms.sidecar.synthesis;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import rwkvms.gguf.Quote;
import rwkvms.sidecar.ExporterTexts;
import rwkvms.sidecar.Json;
import rwkvms.sidecar.LayerWeights;
import rwkvms.sidecar.MemoryTensor;
import rwkvms.sidecar.PythonJson;
import rwkvms.sidecar.SidecarDraft;
import rwkvms.sidecar.TensorNames;
import rwkvms.sidecar.TensorTypes;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * Makes a sidecar from an exporter's manifest file: its names, shapes, types, configuration and metadata, with weights drawn
 * from a seed, because only hashes of the real ones are known. The published manifest gives exactly the published size,
 * 1,663,840 bytes.
 *
 * <p>A manifest that describes no sidecar causes an {@link IllegalArgumentException}.
 */
public final class SyntheticManifest {
    /** Largest number of values of all tensors: 512 MiB as bfloat16, 336 times the published sidecar. */
    static final long MAX_VALUES = 1L << 28;

    private SyntheticManifest() {
    }

    /**
     * A draft with drawn weights; equal seeds give equal weights.
     *
     * @throws JsonProcessingException if the manifest does not parse
     */
    public static SidecarDraft draft(String manifestJson, long seed) throws JsonProcessingException {
        JsonNode manifest = Json.parse(manifestJson);
        JsonNode tensors = manifest.path("tensors");
        if (!tensors.isArray() || tensors.isEmpty()) {
            throw new IllegalArgumentException("manifest, tensors: expected an array of tensors, found "
                    + PythonJson.shown(tensors));
        }
        JsonNode rank = manifest.path("summary").path("rank");
        if (!rank.isInt() || rank.intValue() < 1) {
            throw new IllegalArgumentException(
                    "manifest, summary, rank: expected an integer from 1, found " + PythonJson.shown(rank));
        }
        SyntheticWeights weights = new SyntheticWeights(seed, rank.intValue(), false);
        SortedMap<Integer, Map<MemoryTensor, Tensor>> drawn = new TreeMap<>();
        long values = 0;
        for (int i = 0; i < tensors.size(); i++) {
            Entry entry = new Entry("manifest, tensors[" + i + "]", tensors.get(i));
            TensorNames.Ref ref = entry.ref();
            Shape shape = entry.shape();
            values += shape.count();
            if (values > MAX_VALUES) {
                throw new IllegalArgumentException("manifest, tensors: expected at most " + MAX_VALUES
                        + " values in all, found more at tensors[" + i + "]");
            }
            Map<MemoryTensor, Tensor> layer = drawn.computeIfAbsent(ref.layer(),
                    none -> new EnumMap<>(MemoryTensor.class));
            if (layer.put(ref.tensor(), weights.draw(ref, shape, entry.dtype())) != null) {
                throw entry.refusal("name", "each name once", Quote.of(ref.compact()) + " again");
            }
        }
        SortedMap<Integer, LayerWeights> layers = new TreeMap<>();
        drawn.forEach((layer, map) -> layers.put(layer, LayerWeights.of(map)));
        return SidecarDraft.ofManifest(manifestJson, ExporterTexts.SYNTHETIC, layers);
    }

    /** One object of {@code tensors}, and its place. */
    private record Entry(String place, JsonNode json) {
        TensorNames.Ref ref() {
            String name = Json.text(json, "name");
            return TensorNames.parseCompact(name)
                    .orElseThrow(() -> refusal("name", "blk.<layer>.<tensor>", Quote.of(name)));
        }

        Shape shape() {
            JsonNode shape = json.path("shape");
            boolean sizes = shape.isArray()
                    && shape.valueStream().allMatch(size -> size.isInt() && size.intValue() > 0);
            if (!sizes || shape.size() != ref().tensor().dims().size()) {
                throw refusal("shape", ref().tensor().dims().size() + " integers from 1", PythonJson.shown(shape));
            }
            long[] dims = shape.valueStream().mapToLong(JsonNode::longValue).toArray();
            if (Arrays.stream(dims).reduce(1, Math::multiplyExact) > MAX_VALUES) {
                throw refusal("shape", "at most " + MAX_VALUES + " values", PythonJson.shown(shape));
            }
            return Shape.of(dims);
        }

        DType dtype() {
            String label = Json.text(json, "torch_dtype");
            return DType.ofLabel(label).filter(dtype -> TensorTypes.ggml(dtype).isPresent()).orElseThrow(
                    () -> refusal("torch_dtype", "bfloat16, float16 or float32", Quote.of(label)));
        }

        IllegalArgumentException refusal(String field, String expected, String found) {
            return new IllegalArgumentException(
                    place + ", " + field + ": expected " + expected + ", found " + found);
        }
    }
}
