package rwkvms.sidecar;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import rwkvms.file.ByteProgress;
import rwkvms.gguf.GgufEntry;
import rwkvms.gguf.GgufFile;
import rwkvms.gguf.GgufValue;

/**
 * A GGUF file read as a sidecar. Look-ups give nothing for a key that is absent or of the wrong type.
 *
 * <p>The first of duplicated keys counts; the others have their own finding. Embedded JSON is parsed once.
 */
public final class SidecarFile {
    /** No place in the file. */
    public static final long NOWHERE = -1;

    private final GgufFile gguf;
    private final @Nullable Path base;
    private final ByteProgress progress;
    private final List<NamedTensor> tensors;
    private final Map<SidecarKey, GgufEntry> entries = new EnumMap<>(SidecarKey.class);
    private final Map<SidecarKey, JsonNode> documents = new EnumMap<>(SidecarKey.class);
    private final Map<SidecarKey, JsonProcessingException> unparsable = new EnumMap<>(SidecarKey.class);

    /** A sidecar, and the base file to compare it with, if any. */
    public SidecarFile(GgufFile gguf, @Nullable Path base) {
        this(gguf, base, ByteProgress.NONE);
    }

    public SidecarFile(GgufFile gguf, @Nullable Path base, ByteProgress progress) {
        this.gguf = gguf;
        this.base = base;
        this.progress = progress;
        this.tensors = gguf.tensors().stream().map(NamedTensor::of).toList();
        for (GgufEntry entry : gguf.entries()) {
            SidecarKey.of(entry.key()).ifPresent(key -> entries.putIfAbsent(key, entry));
        }
        entries.keySet().stream().filter(SidecarKey::isJson).forEach(this::parse);
    }

    private void parse(SidecarKey key) {
        text(key).ifPresent(text -> {
            try {
                documents.put(key, Json.parse(text));
            } catch (JsonProcessingException malformed) {
                unparsable.put(key, malformed);
            }
        });
    }

    public GgufFile gguf() {
        return gguf;
    }

    /** The tensors in file order, each with what its name means. */
    public List<NamedTensor> tensors() {
        return tensors;
    }

    public Optional<Path> base() {
        return Optional.ofNullable(base);
    }

    /** Hears how much of the base file has been read. */
    public ByteProgress progress() {
        return progress;
    }

    public Optional<GgufEntry> entry(SidecarKey key) {
        return Optional.ofNullable(entries.get(key));
    }

    /** Byte offset of a key's value, or {@link #NOWHERE}. */
    public long offset(SidecarKey key) {
        return entry(key).map(GgufEntry::valueOffset).orElse(NOWHERE);
    }

    public Optional<String> text(SidecarKey key) {
        return entry(key).flatMap(
                entry -> entry.value() instanceof GgufValue.Text(String text) ? Optional.of(text) : Optional.empty());
    }

    /** A text, or an empty one if the key is absent: the format does not tell these apart. */
    public String textOrEmpty(SidecarKey key) {
        return text(key).orElse("");
    }

    /** An integer of exactly the key's type. */
    public OptionalLong integer(SidecarKey key) {
        return entry(key).map(GgufEntry::value)
                .filter(value -> value instanceof GgufValue.Int && value.type() == key.type())
                .map(value -> OptionalLong.of(((GgufValue.Int) value).value())).orElse(OptionalLong.empty());
    }

    public Optional<Double> real(SidecarKey key) {
        return entry(key).map(GgufEntry::value)
                .filter(value -> value instanceof GgufValue.Real && value.type() == key.type())
                .map(value -> ((GgufValue.Real) value).value());
    }

    /** The embedded document, or a missing node if it is absent or does not parse. */
    public JsonNode json(SidecarKey key) {
        JsonNode document = documents.get(key);
        return document == null ? MissingNode.getInstance() : document;
    }

    public Optional<JsonProcessingException> syntaxError(SidecarKey key) {
        return Optional.ofNullable(unparsable.get(key));
    }

    /** A setting of {@code config_json}, or a missing node. */
    public JsonNode setting(String name) {
        return json(SidecarKey.CONFIG).path(name);
    }

    /** Version of the sidecar format; empty unless the key says 1 or 2. */
    public OptionalLong formatVersion() {
        OptionalLong version = integer(SidecarKey.FORMAT_VERSION);
        return version.isPresent() && (version.getAsLong() == 1 || version.getAsLong() == 2)
                ? version
                : OptionalLong.empty();
    }

    public static String place(SidecarKey key) {
        return "key " + key.key();
    }
}
