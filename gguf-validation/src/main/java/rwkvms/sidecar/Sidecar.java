package rwkvms.sidecar;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import rwkvms.math.MemoryConfig;

/**
 * An opened sidecar: configuration, base binding, embedded texts, and the weights of every wrapped layer.
 *
 * <p>Immutable. Weights are views of the mapped file: after {@link #close()} they can no longer be read. A sidecar read
 * into a caller's arena is closed by that arena and not by this object.
 */
public final class Sidecar implements AutoCloseable {
    private final Path path;
    private final MemoryConfig config;
    private final SidecarFile file;
    private final SidecarOrigin origin;
    private final SortedMap<Integer, LayerWeights> layers;
    private final @Nullable Arena owned;

    public Sidecar(Path path, MemoryConfig config, SidecarFile file, SortedMap<Integer, LayerWeights> layers,
            @Nullable Arena owned) {
        this.path = path;
        this.config = config;
        this.file = file;
        this.origin = SidecarOrigin.of(file);
        this.layers = Collections.unmodifiableSortedMap(new TreeMap<>(layers));
        this.owned = owned;
    }

    public Path path() {
        return path;
    }

    public MemoryConfig config() {
        return config;
    }

    /** Wrapped layers, ascending. */
    public List<Integer> layers() {
        return List.copyOf(layers.keySet());
    }

    /** Weights of one wrapped layer; {@link IllegalArgumentException} for a layer without memory. */
    public LayerWeights layer(int layer) {
        LayerWeights weights = layers.get(layer);
        if (weights == null) {
            throw new IllegalArgumentException(path + ": expected one of the layers " + layers() + ", found " + layer);
        }
        return weights;
    }

    /** The base file's path as the exporter wrote it, or empty: a hint, never a binding. */
    public String baseGguf() {
        return origin.baseGguf();
    }

    /** SHA-256 of the base model's file, 64 lowercase hexadecimal digits. */
    public String baseSha256() {
        return origin.baseSha256();
    }

    /** The text of a key, or an empty text if the key is absent. */
    public String text(SidecarKey key) {
        return file.textOrEmpty(key);
    }

    /** A draft from which {@link SidecarWriter} writes this sidecar again; the weights stay views of the mapped file. */
    public SidecarDraft toDraft() {
        ObjectNode summary = JsonNodeFactory.instance.objectNode();
        summary.put("rank", config.rank());
        summary.put("alpha", config.alpha());
        summary.put("rwkv_ms_num_states", config.numStates());
        summary.put("rwkv_ms_chunk_size", config.chunkSize());
        summary.put("rwkv_ms_semantics_version", config.semanticsVersion());
        summary.set("target_layers", file.json(SidecarKey.TARGET_LAYERS));
        summary.set("delta_heads", file.json(SidecarKey.DELTA_HEADS));
        return new SidecarDraft((int) file.formatVersion().orElseThrow(), ExporterTexts.of(file), origin,
                file.json(SidecarKey.CONFIG), file.json(SidecarKey.METADATA), summary, layers);
    }

    @Override
    public void close() {
        if (owned != null && owned.scope().isAlive()) {
            owned.close();
        }
    }
}
