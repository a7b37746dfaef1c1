package rwkvms.sidecar.validation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import rwkvms.gguf.GgufException;
import rwkvms.gguf.GgufFile;
import rwkvms.gguf.GgufPair;
import rwkvms.gguf.GgufReader;
import rwkvms.gguf.GgufTensor;
import rwkvms.gguf.GgufValue;
import rwkvms.gguf.GgufWriter;
import rwkvms.sidecar.Json;
import rwkvms.sidecar.PythonJson;
import rwkvms.sidecar.SidecarDraft;
import rwkvms.sidecar.SidecarFile;
import rwkvms.sidecar.SidecarKey;
import rwkvms.sidecar.SidecarWriter;
import rwkvms.sidecar.testing.Drafts;
import rwkvms.sidecar.testing.SidecarSizes;

/** A valid sidecar's keys and tensors, to be made wrong in one place. */
final class SidecarBytes {
    private final List<GgufPair> pairs;
    private final List<GgufTensor> tensors;
    private @Nullable Path base;

    private SidecarBytes(SidecarDraft draft) {
        this.pairs = new ArrayList<>(SidecarWriter.pairs(draft));
        this.tensors = new ArrayList<>(SidecarWriter.tensors(draft));
    }

    static SidecarBytes valid() {
        return of(SidecarSizes.SMALL);
    }

    static SidecarBytes of(SidecarSizes sizes) {
        return new SidecarBytes(Drafts.of(sizes, 1));
    }

    /** Replaces a key's value; a key that is not there is added behind the others. */
    SidecarBytes set(SidecarKey key, GgufValue value) {
        if (pairs.stream().noneMatch(pair -> pair.key().equals(key.key()))) {
            return add(key.key(), value);
        }
        pairs.set(index(key), new GgufPair(key.key(), value));
        return this;
    }

    SidecarBytes set(SidecarKey key, String text) {
        return set(key, GgufValue.text(text));
    }

    SidecarBytes set(SidecarKey key, long u32) {
        return set(key, GgufValue.u32(u32));
    }

    SidecarBytes remove(SidecarKey key) {
        pairs.remove(index(key));
        return this;
    }

    SidecarBytes add(String key, GgufValue value) {
        pairs.add(new GgufPair(key, value));
        return this;
    }

    /** Edits the embedded configuration. */
    SidecarBytes config(Consumer<ObjectNode> edit) {
        return edit(SidecarKey.CONFIG, document -> edit.accept((ObjectNode) document));
    }

    /** Edits the first entry of the embedded tensor manifest. */
    SidecarBytes firstEntry(Consumer<ObjectNode> edit) {
        return edit(SidecarKey.TENSOR_MANIFEST, document -> edit.accept((ObjectNode) document.get(0)));
    }

    SidecarBytes edit(SidecarKey key, Consumer<JsonNode> edit) {
        try {
            JsonNode document = Json.parse(((GgufValue.Text) pairs.get(index(key)).value()).value());
            edit.accept(document);
            return set(key, PythonJson.compact(document, PythonJson.Keys.SORTED));
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    SidecarBytes tensor(String name, UnaryOperator<GgufTensor> edit) {
        int index = IntStream.range(0, tensors.size()).filter(i -> tensors.get(i).name().equals(name)).findFirst()
                .orElseThrow();
        tensors.set(index, edit.apply(tensors.get(index)));
        return this;
    }

    SidecarBytes removeTensor(String name) {
        tensors.removeIf(tensor -> tensor.name().equals(name));
        return this;
    }

    /** Keeps counts and manifest in step with the tensors, for a fault that shall stand alone. */
    SidecarBytes recount() {
        long numel = tensors.stream().mapToLong(tensor -> tensor.ne().stream().reduce(1L, (a, b) -> a * b)).sum();
        set(SidecarKey.TENSOR_COUNT, tensors.size());
        set(SidecarKey.TOTAL_NUMEL, GgufValue.u64(numel));
        set(SidecarKey.TOTAL_BYTES, GgufValue.u64(tensors.stream().mapToLong(t -> t.data().byteSize()).sum()));
        List<String> names = tensors.stream().map(GgufTensor::name).toList();
        return edit(SidecarKey.TENSOR_MANIFEST, manifest -> {
            ArrayNode entries = (ArrayNode) manifest;
            for (int i = entries.size() - 1; i >= 0; i--) {
                if (!names.contains(entries.get(i).path("name").asText())) {
                    entries.remove(i);
                }
            }
        });
    }

    SidecarBytes base(Path file) {
        base = file;
        return this;
    }

    byte[] bytes() {
        return GgufWriter.toBytes(pairs, tensors);
    }

    GgufFile gguf() {
        try {
            return GgufReader.read(MemorySegment.ofArray(bytes()));
        } catch (GgufException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    ValidationReport report() {
        return SidecarValidator.check(Path.of("test.gguf"), new SidecarFile(gguf(), base));
    }

    /** Byte offset of a key's value. */
    long at(SidecarKey key) {
        return gguf().entries(key.key()).getFirst().valueOffset();
    }

    private int index(SidecarKey key) {
        return IntStream.range(0, pairs.size()).filter(i -> pairs.get(i).key().equals(key.key())).findFirst()
                .orElseThrow();
    }
}
