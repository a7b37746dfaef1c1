package rwkvms.llama;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.SortedMap;
import java.util.TreeMap;
import rwkvms.sidecar.AttentionWidths;
import rwkvms.sidecar.synthesis.SyntheticSidecar;

/** Makes the sidecar of a {@link TinyGemma4}, with its hidden size and projection widths, bound to its file by SHA-256. */
public final class TinySidecar {
    private TinySidecar() {
    }

    /**
     * A sidecar with the published settings on the given layers.
     *
     * @param model  the file that was written with these sizes
     * @param layers to wrap, each with keys of its own
     */
    public static SyntheticSidecar of(Path model, Gemma4Sizes sizes, Collection<Integer> layers) throws IOException {
        SortedMap<Integer, AttentionWidths> widths = new TreeMap<>();
        for (int layer : layers) {
            widths.put(layer, new AttentionWidths(sizes.queryWidth(layer), sizes.keyWidth(layer),
                    sizes.keyWidth(layer), sizes.hidden()));
        }
        return SyntheticSidecar.SMALL.with(config -> config.withHiddenSize(sizes.hidden())).withLayers(widths)
                .withBase(model);
    }
}
