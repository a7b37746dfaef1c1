package rwkvms.sidecar.testing;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import rwkvms.gguf.GgufEntry;
import rwkvms.gguf.GgufException;
import rwkvms.gguf.GgufFile;
import rwkvms.gguf.GgufReader;
import rwkvms.gguf.GgufTensorInfo;
import rwkvms.gguf.GgufType;
import rwkvms.sidecar.SidecarKey;

/**
 * A GGUF file in parts, each of which a test may make wrong before it puts them together again.
 *
 * <p>Nothing is checked: the parts are written as they are. Counts, offsets and padding follow from the parts unless they are
 * stated. It shares no code with the writer under test.
 */
public final class GgufParts {
    private static final int DEFAULT_ALIGNMENT = 32;

    public byte[] magic = "GGUF".getBytes(StandardCharsets.US_ASCII);
    public long version = 3;
    /** Stated instead of the number of tensors. */
    public OptionalLong tensorCount = OptionalLong.empty();
    /** Stated instead of the number of keys. */
    public OptionalLong keyCount = OptionalLong.empty();
    public final List<KeyPart> keys = new ArrayList<>();
    public final List<TensorPart> tensors = new ArrayList<>();
    /** Alignment of the data and of each tensor in it; the key {@code general.alignment} is a separate part. */
    public int alignment = DEFAULT_ALIGNMENT;
    /** The byte that fills the gap behind the tensor infos. */
    public byte headerPadding;
    /** Behind the last tensor's padding. */
    public byte[] tail = {};

    private GgufParts() {
    }

    /** The parts of a sound file. */
    public static GgufParts of(byte[] file) {
        try {
            return of(GgufReader.read(MemorySegment.ofArray(file)));
        } catch (GgufException impossible) {
            throw new IllegalArgumentException(impossible);
        }
    }

    private static GgufParts of(GgufFile file) throws GgufException {
        GgufParts parts = new GgufParts();
        parts.alignment = Math.toIntExact(file.alignment());
        long infos = file.tensors().isEmpty() ? file.infoEnd() : file.tensors().getFirst().infoOffset();
        for (int i = 0; i < file.entries().size(); i++) {
            GgufEntry entry = file.entries().get(i);
            long end = i + 1 < file.entries().size() ? file.entries().get(i + 1).keyOffset() : infos;
            byte[] value = file.bytes().asSlice(entry.valueOffset(), end - entry.valueOffset())
                    .toArray(ValueLayout.JAVA_BYTE);
            parts.keys.add(new KeyPart(entry.key(), entry.value().type(), value));
        }
        for (GgufTensorInfo info : file.tensors()) {
            parts.tensors.add(new TensorPart(info.name(), info.typeId(), info.ne(),
                    file.data(info).toArray(ValueLayout.JAVA_BYTE)));
        }
        return parts;
    }

    /** A deep copy: a change of either leaves the other as it was. */
    public GgufParts copy() {
        GgufParts copy = new GgufParts();
        copy.magic = magic.clone();
        copy.version = version;
        copy.tensorCount = tensorCount;
        copy.keyCount = keyCount;
        keys.forEach(key -> copy.keys.add(key.copy()));
        tensors.forEach(tensor -> copy.tensors.add(tensor.copy()));
        copy.alignment = alignment;
        copy.headerPadding = headerPadding;
        copy.tail = tail.clone();
        return copy;
    }

    /** The file that the parts make. */
    public byte[] bytes() {
        GgufBytes out = new GgufBytes();
        out.raw(magic).u32(version).u64(tensorCount.orElse(tensors.size())).u64(keyCount.orElse(keys.size()));
        keys.forEach(key -> key.write(out));
        long offset = 0;
        for (TensorPart tensor : tensors) {
            tensor.writeInfo(out, offset);
            offset += tensor.data.length + gap(tensor.data.length);
        }
        out.fill(gap(out.size()), headerPadding);
        for (TensorPart tensor : tensors) {
            out.raw(tensor.data).fill(gap(tensor.data.length), tensor.padding);
        }
        return out.raw(tail).bytes();
    }

    private int gap(int size) {
        return (int) (-(long) size & (alignment - 1L));
    }

    public KeyPart key(SidecarKey key) {
        return find(key).orElseThrow();
    }

    public Optional<KeyPart> find(SidecarKey key) {
        return keys.stream().filter(part -> part.is(key.key())).findFirst();
    }

    public void remove(SidecarKey key) {
        keys.removeIf(part -> part.is(key.key()));
    }

    /** A key behind the others, a u8 of 0 until its value is set. */
    public KeyPart add(String name) {
        KeyPart part = new KeyPart(name, GgufType.UINT8, new byte[1]);
        keys.add(part);
        return part;
    }

    public TensorPart tensor(String name) {
        return tensors.stream().filter(part -> part.is(name)).findFirst().orElseThrow();
    }

    /** Edits the embedded configuration. */
    public void config(Consumer<ObjectNode> edit) {
        key(SidecarKey.CONFIG).json(document -> edit.accept((ObjectNode) document));
    }

    /** Edits the first entry of the embedded tensor manifest. */
    public void firstEntry(Consumer<ObjectNode> edit) {
        manifest(entries -> edit.accept((ObjectNode) entries.get(0)));
    }

    public void manifest(Consumer<ArrayNode> edit) {
        key(SidecarKey.TENSOR_MANIFEST).json(document -> edit.accept((ArrayNode) document));
    }
}
