package rwkvms.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import rwkvms.gguf.Quote;
import rwkvms.sidecar.ExporterTexts;
import rwkvms.sidecar.Json;
import rwkvms.sidecar.LayerWeights;
import rwkvms.sidecar.MemoryTensor;
import rwkvms.sidecar.SidecarDraft;
import rwkvms.sidecar.SidecarOrigin;
import rwkvms.sidecar.TensorNames;
import rwkvms.tensor.Tensor;

/**
 * Makes the draft of a sidecar from a checkpoint (sidecar.md). A materialised checkpoint has all that it needs. For one of
 * PyTorch, the texts are this exporter's own, the format version is 2 if the configuration states its semantics, and the caller
 * names the base.
 */
public final class CheckpointExport {
    /** Settings with their own keys, which a checkpoint must state. */
    private static final String[] NEEDED = {"rank", "alpha", "rwkv_ms_num_states", "rwkv_ms_chunk_size",
            "target_layers", "delta_heads"};

    private CheckpointExport() {
    }

    /**
     * A draft ready to be written.
     *
     * @param folder the folder of the checkpoint, for messages
     * @throws CheckpointException if it lacks a tensor or a setting, or has one that no sidecar knows
     */
    public static SidecarDraft draft(Path folder, Checkpoint checkpoint) throws CheckpointException {
        SortedMap<Integer, LayerWeights> layers = layers(folder, checkpoint);
        Map<String, String> notes = checkpoint.notes();
        if (!SidecarNotes.isPresent(notes)) {
            needed(folder, checkpoint.config());
            int version = checkpoint.config().has("rwkv_ms_semantics_version") ? 2 : 1;
            SidecarOrigin origin = new SidecarOrigin("", "", Json.text(checkpoint.metadata(), "source_repo"), "", "",
                    "", "");
            return new SidecarDraft(version, ExporterTexts.OWN, origin, checkpoint.config(), checkpoint.metadata(),
                    checkpoint.config(), layers);
        }
        try {
            return new SidecarDraft(SidecarNotes.formatVersion(notes), SidecarNotes.texts(notes),
                    SidecarNotes.origin(notes), checkpoint.config(), checkpoint.metadata(),
                    SidecarNotes.summary(notes), layers);
        } catch (IllegalArgumentException | JsonProcessingException malformed) {
            throw new CheckpointException(folder.resolve(CheckpointFolder.SAFETENSORS), "__metadata__",
                    "what a sidecar was materialised with", String.valueOf(malformed.getMessage()), malformed);
        }
    }

    private static void needed(Path folder, JsonNode config) throws CheckpointException {
        for (String name : NEEDED) {
            if (!config.has(name)) {
                throw new CheckpointException(folder.resolve(CheckpointFolder.CONFIG), "", name, "none");
            }
        }
    }

    private static SortedMap<Integer, LayerWeights> layers(Path folder, Checkpoint checkpoint)
            throws CheckpointException {
        SortedMap<Integer, Map<MemoryTensor, Tensor>> tensors = new TreeMap<>();
        for (Map.Entry<String, Tensor> tensor : checkpoint.tensors().entrySet()) {
            TensorNames.Ref ref = TensorNames.parseSource(tensor.getKey())
                    .orElseThrow(() -> new CheckpointException(folder, "tensor names",
                            "model.language_model.layers.<layer>.self_attn.<tensor>", Quote.of(tensor.getKey())));
            tensors.computeIfAbsent(ref.layer(), layer -> new EnumMap<>(MemoryTensor.class)).put(ref.tensor(),
                    tensor.getValue());
        }
        SortedMap<Integer, LayerWeights> layers = new TreeMap<>();
        for (Map.Entry<Integer, Map<MemoryTensor, Tensor>> layer : tensors.entrySet()) {
            for (MemoryTensor name : MemoryTensor.values()) {
                if (!name.ofFreeLambda() && !layer.getValue().containsKey(name)) {
                    throw new CheckpointException(folder, "tensors of layer " + layer.getKey(),
                            TensorNames.source(layer.getKey(), name), "none");
                }
            }
            layers.put(layer.getKey(), LayerWeights.of(layer.getValue()));
        }
        return layers;
    }
}
