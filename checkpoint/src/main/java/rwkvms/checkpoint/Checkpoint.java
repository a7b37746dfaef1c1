package rwkvms.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.TensorNames;
import rwkvms.tensor.Tensor;

/**
 * The content of a checkpoint folder.
 *
 * @param config {@code delta_mem_config.json}
 * @param metadata {@code adapter_metadata.json}
 * @param tensors by source name; views of a mapped file, if they come from one
 * @param notes what else a sidecar says ({@link SidecarNotes}); empty in a checkpoint of PyTorch
 */
public record Checkpoint(JsonNode config, JsonNode metadata, SequencedMap<String, Tensor> tensors,
        Map<String, String> notes) {
    public Checkpoint {
        tensors = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(tensors));
        notes = Collections.unmodifiableMap(new LinkedHashMap<>(notes));
    }

    /** The checkpoint of an opened sidecar; its tensors end with the sidecar. */
    public static Checkpoint of(Sidecar sidecar) {
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        for (int layer : sidecar.layers()) {
            sidecar.layer(layer).tensors()
                    .forEach((name, tensor) -> tensors.put(TensorNames.source(layer, name), tensor));
        }
        var draft = sidecar.toDraft();
        return new Checkpoint(draft.config(), draft.metadata(), tensors, SidecarNotes.of(draft));
    }

    /** Number of values of all tensors. */
    public long values() {
        return tensors.values().stream().mapToLong(Tensor::count).sum();
    }
}
