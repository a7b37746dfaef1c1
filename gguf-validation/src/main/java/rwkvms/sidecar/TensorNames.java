package rwkvms.sidecar;

import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Compact names {@code blk.<layer>.<tail>} of a sidecar and source names {@code
 * model.language_model.layers.<layer>.self_attn.<tail>} of a checkpoint (sidecar.md), both ways.
 *
 * <p>Layers are decimal without leading zeros. Names of any other form give an empty result.
 */
public final class TensorNames {
    /** Largest layer number of a name: nine digits. */
    public static final int MAX_LAYER = 999_999_999;

    private static final String LAYER = "(0|[1-9][0-9]{0,8})";
    private static final Pattern COMPACT = Pattern.compile("blk\\." + LAYER + "\\.(.+)");
    private static final Pattern SOURCE = Pattern
            .compile("model\\.language_model\\.layers\\." + LAYER + "\\.self_attn\\.(.+)");

    /** A tensor of a layer. */
    public record Ref(int layer, MemoryTensor tensor) {
        public String compact() {
            return TensorNames.compact(layer, tensor);
        }

        public String source() {
            return TensorNames.source(layer, tensor);
        }
    }

    private TensorNames() {
    }

    public static String compact(int layer, MemoryTensor tensor) {
        return "blk." + layer + "." + tensor.compactTail();
    }

    public static String source(int layer, MemoryTensor tensor) {
        return "model.language_model.layers." + layer + ".self_attn." + tensor.sourceTail();
    }

    public static Optional<Ref> parseCompact(String name) {
        return parse(COMPACT.matcher(name), MemoryTensor::ofCompactTail);
    }

    public static Optional<Ref> parseSource(String name) {
        return parse(SOURCE.matcher(name), MemoryTensor::ofSourceTail);
    }

    private static Optional<Ref> parse(Matcher name, Function<String, Optional<MemoryTensor>> tails) {
        if (!name.matches()) {
            return Optional.empty();
        }
        int layer = Integer.parseInt(name.group(1));
        return tails.apply(name.group(2)).map(tensor -> new Ref(layer, tensor));
    }
}
