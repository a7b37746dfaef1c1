package rwkvms.sidecar;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An opened sidecar: configuration, base binding, embedded texts, and the weights of every wrapped layer.
 *
 * <p>Immutable. Weights are views of the mapped file: after {@link #close()} they can no longer be read. A sidecar read
 * into a caller's arena is closed by that arena and not by this object.
 */
public final class Sidecar implements AutoCloseable {
    private final Path path;
    private final SidecarConfig config;
    private final SidecarTexts texts;
    private final SortedMap<Integer, LayerWeights> layers;
    private final @Nullable Arena owned;

    Sidecar(Path path, SidecarConfig config, SidecarTexts texts, SortedMap<Integer, LayerWeights> layers,
            @Nullable Arena owned) {
        this.path = path;
        this.config = config;
        this.texts = texts;
        this.layers = Collections.unmodifiableSortedMap(new TreeMap<>(layers));
        this.owned = owned;
    }

    /**
     * Opens a sidecar that the reference can compute: one that is not malformed, and asks for nothing undefined. Any
     * number of state heads is taken, though the C++ runtime takes only one; {@link SidecarValidator} tells.
     *
     * @throws SidecarException with every finding of the validator
     */
    @SuppressWarnings("MustBeClosedChecker") // the sidecar closes the arena
    public static Sidecar open(Path path) throws SidecarException {
        Arena arena = Arena.ofShared();
        boolean opened = false;
        try {
            Sidecar sidecar = SidecarReader.read(path, arena, arena);
            opened = true;
            return sidecar;
        } finally {
            if (!opened) {
                arena.close();
            }
        }
    }

    public Path path() {
        return path;
    }

    public SidecarConfig config() {
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
        return texts.baseGguf();
    }

    /** SHA-256 of the base model's file, 64 lowercase hexadecimal digits. */
    public String baseSha256() {
        return texts.baseSha256();
    }

    /** {@code config_json} as stored. */
    public String configJson() {
        return texts.configJson();
    }

    /** {@code adapter_metadata_json} as stored. */
    public String metadataJson() {
        return texts.metadataJson();
    }

    /** {@code tensor_manifest_json} as stored. */
    public String manifestJson() {
        return texts.manifestJson();
    }

    @Override
    public void close() {
        if (owned != null && owned.scope().isAlive()) {
            owned.close();
        }
    }
}
