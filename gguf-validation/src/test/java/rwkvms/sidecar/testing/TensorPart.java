package rwkvms.sidecar.testing;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** A tensor of {@link GgufParts}: its info and its data as they are written, whether they fit together or not. */
public final class TensorPart {
    /** Written with its length before it. */
    public byte[] name;
    public List<Long> ne;
    /** Stated instead of the number of dimensions. */
    public OptionalLong dimensions = OptionalLong.empty();
    public long type;
    /** Stated instead of the place of the data. */
    public OptionalLong offset = OptionalLong.empty();
    public byte[] data;
    /** The byte that fills the gap behind the data. */
    public byte padding;

    TensorPart(String name, long type, List<Long> ne, byte[] data) {
        this.name = name.getBytes(StandardCharsets.UTF_8);
        this.ne = new ArrayList<>(ne);
        this.type = type;
        this.data = data;
    }

    TensorPart copy() {
        TensorPart copy = new TensorPart("", type, ne, data);
        copy.name = name;
        copy.dimensions = dimensions;
        copy.offset = offset;
        copy.padding = padding;
        return copy;
    }

    void writeInfo(GgufBytes out, long packedOffset) {
        out.string(name).u32(dimensions.orElse(ne.size()));
        ne.forEach(out::u64);
        out.u32(type).u64(offset.orElse(packedOffset));
    }

    public String name() {
        return new String(name, StandardCharsets.UTF_8);
    }

    public void name(String text) {
        name = text.getBytes(StandardCharsets.UTF_8);
    }

    boolean is(String other) {
        return name().equals(other);
    }

    public void ne(Long... dims) {
        ne = new ArrayList<>(List.of(dims));
    }

    /** A copy of the data, with other bytes from {@code at} on. */
    public void put(int at, int... bytes) {
        data = data.clone();
        for (int i = 0; i < bytes.length; i++) {
            data[at + i] = (byte) bytes[i];
        }
    }
}
