package rwkvms.sidecar;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The input of {@link SidecarWriter}: everything from which the keys and tensors of a sidecar follow.
 *
 * @param formatVersion 1 or 2, whatever the semantics
 * @param config the checkpoint's {@code delta_mem_config.json}
 * @param metadata its {@code adapter_metadata.json}
 * @param summary rank, alpha, layers, heads, states and chunk size under the configuration's names: a manifest's
 *        {@code summary}, or the configuration itself
 * @param layers weights by layer
 */
public record SidecarDraft(int formatVersion, ExporterTexts texts, SidecarOrigin origin, JsonNode config,
        JsonNode metadata, JsonNode summary, SortedMap<Integer, LayerWeights> layers) {
    public SidecarDraft {
        SidecarSchema.of(formatVersion);
        layers = Collections.unmodifiableSortedMap(new TreeMap<>(layers));
    }

    /**
     * A draft from an exporter's manifest file and the weights that it describes, in the format version of its schema.
     *
     * @throws JsonProcessingException if the manifest does not parse
     * @throws IllegalArgumentException if its schema is unknown
     */
    public static SidecarDraft ofManifest(String manifestJson, ExporterTexts texts,
            SortedMap<Integer, LayerWeights> layers) throws JsonProcessingException {
        JsonNode manifest = Json.parse(manifestJson);
        String schema = Json.text(manifest, "schema");
        int version = SidecarSchema.ofName(schema).orElseThrow(() -> new IllegalArgumentException(
                "manifest: expected schema " + SidecarSchema.names() + ", found \"" + schema + "\"")).version();
        SidecarOrigin origin = new SidecarOrigin(Json.text(manifest, "status"),
                Json.text(manifest, "checkpoint_repo"), Json.text(manifest, "source_repo"),
                Json.text(manifest, "base_gguf"), Json.text(manifest, "base_gguf_sha256"),
                Json.text(manifest, "mmproj_gguf"), Json.text(manifest, "mmproj_gguf_sha256"));
        return new SidecarDraft(version, texts, origin, manifest.path("config"), manifest.path("adapter_metadata"),
                manifest.path("summary"), layers);
    }

    public SidecarDraft withTexts(ExporterTexts other) {
        return new SidecarDraft(formatVersion, other, origin, config, metadata, summary, layers);
    }

    public SidecarDraft withOrigin(SidecarOrigin other) {
        return new SidecarDraft(formatVersion, texts, other, config, metadata, summary, layers);
    }

    public SidecarDraft withFormatVersion(int version) {
        return new SidecarDraft(version, texts, origin, config, metadata, summary, layers);
    }
}
