package rwkvms.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import rwkvms.file.Sha256;
import rwkvms.gguf.Quote;
import rwkvms.sidecar.PythonJson;
import rwkvms.tensor.Tensor;

/**
 * The differences between two checkpoints or sidecars: names, shapes, types and bytes of tensors, every setting, every item
 * of the metadata, and texts and base binding if both have them.
 *
 * @param differences in the order of the first; those that only the second has come last
 * @param notes whether texts and base binding were compared: a checkpoint of PyTorch has none
 */
public record CheckpointComparison(List<Difference> differences, boolean notes) {
    private static final String NONE = "none";

    /**
     * One difference.
     *
     * @param place such as {@code tensor blk.0.mem_q, shape}
     */
    public record Difference(String place, String first, String second) {
    }

    public CheckpointComparison {
        differences = List.copyOf(differences);
    }

    public static CheckpointComparison of(Checkpoint first, Checkpoint second) {
        List<Difference> differences = new ArrayList<>();
        tensors(first, second, differences);
        members(CheckpointFolder.CONFIG, first.config(), second.config(), differences);
        members(CheckpointFolder.METADATA, first.metadata(), second.metadata(), differences);
        boolean notes = !first.notes().isEmpty() && !second.notes().isEmpty();
        if (notes) {
            for (String name : union(first.notes().keySet(), second.notes().keySet())) {
                add("key " + name, text(first.notes().get(name)), text(second.notes().get(name)), differences);
            }
        }
        return new CheckpointComparison(differences, notes);
    }

    private static void tensors(Checkpoint first, Checkpoint second, List<Difference> differences) {
        for (String name : union(first.tensors().keySet(), second.tensors().keySet())) {
            Tensor one = first.tensors().get(name);
            Tensor other = second.tensors().get(name);
            String place = "tensor " + Quote.of(name);
            if (one == null || other == null) {
                add(place, one == null ? NONE : one.toString(), other == null ? NONE : other.toString(), differences);
                continue;
            }
            add(place + ", shape", one.shape().toString(), other.shape().toString(), differences);
            add(place + ", type", one.dtype().label(), other.dtype().label(), differences);
            if (one.dtype() == other.dtype() && one.shape().equals(other.shape()) && !one.sameBits(other)) {
                add(place + ", SHA-256", Sha256.of(one.bytes()), Sha256.of(other.bytes()), differences);
            }
        }
    }

    private static void members(String file, JsonNode first, JsonNode second, List<Difference> differences) {
        Set<String> names = new TreeSet<>();
        first.fieldNames().forEachRemaining(names::add);
        second.fieldNames().forEachRemaining(names::add);
        for (String name : names) {
            add(file + ", " + name, shown(first.path(name)), shown(second.path(name)), differences);
        }
    }

    private static void add(String place, String first, String second, List<Difference> differences) {
        if (!first.equals(second)) {
            differences.add(new Difference(place, first, second));
        }
    }

    private static Set<String> union(Set<String> first, Set<String> second) {
        Set<String> all = new LinkedHashSet<>(first);
        all.addAll(second);
        return all;
    }

    private static String text(@Nullable String text) {
        return text == null ? NONE : PythonJson.quoted(text);
    }

    private static String shown(JsonNode value) {
        return value.isMissingNode() ? NONE : PythonJson.compact(value, PythonJson.Keys.SORTED);
    }
}
