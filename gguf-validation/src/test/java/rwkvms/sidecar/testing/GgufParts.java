package rwkvms.sidecar.testing;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
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
 * A GGUF file taken apart, each part of which may be made wrong before it is put together again.
 *
 * <p>Nothing is checked: whatever the parts say is what is written. Counts, offsets and padding follow from the parts
 * until they are stated otherwise. It shares no code with the writer under test.
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
    /** Of the data and of each tensor in it; the key {@code general.alignment} is a part of its own. */
    public int alignment = DEFAULT_ALIGNMENT;
    /** What fills the gap behind the tensor infos, and each one behind a tensor. */
    public byte headerPadding;
    /** Behind the last tensor's padding. */
    public byte[] tail = {};

    private GgufParts() {
    }

    /** The parts of a file that the reader takes. */
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

    /** Parts of their own: a change of either leaves the other as it was. */
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
        LittleEndian out = new LittleEndian();
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

    Optional<KeyPart> find(SidecarKey key) {
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

    /** Little-endian numbers and strings, one after the other. */
    static final class LittleEndian {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream(1 << 14);

        LittleEndian raw(byte... bytes) {
            out.writeBytes(bytes);
            return this;
        }

        LittleEndian u32(long value) {
            return number(value, Integer.BYTES);
        }

        LittleEndian u64(long value) {
            return number(value, Long.BYTES);
        }

        LittleEndian number(long value, int bytes) {
            for (int i = 0; i < bytes; i++) {
                out.write((int) (value >>> (Byte.SIZE * i)));
            }
            return this;
        }

        LittleEndian string(byte... text) {
            return u64(text.length).raw(text);
        }

        LittleEndian fill(int count, byte value) {
            for (int i = 0; i < count; i++) {
                out.write(value);
            }
            return this;
        }

        int size() {
            return out.size();
        }

        byte[] bytes() {
            return out.toByteArray();
        }
    }
}
