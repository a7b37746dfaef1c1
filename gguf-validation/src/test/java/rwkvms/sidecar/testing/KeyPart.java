package rwkvms.sidecar.testing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import rwkvms.gguf.GgufArray;
import rwkvms.gguf.GgufType;
import rwkvms.gguf.GgufValue;

/** A key of {@link GgufParts}: name, type id and value as they are written, whether they fit together or not. */
public final class KeyPart {
    private static final JsonMapper JSON = JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    /** Written with its length before it. */
    public byte[] name;
    public long type;
    /** What follows the type id. */
    public byte[] value;

    KeyPart(String name, GgufType type, byte[] value) {
        this.name = name.getBytes(StandardCharsets.UTF_8);
        this.type = type.id();
        this.value = value;
    }

    KeyPart copy() {
        KeyPart copy = new KeyPart("", GgufType.UINT8, value);
        copy.name = name;
        copy.type = type;
        return copy;
    }

    void write(GgufBytes out) {
        out.string(name).u32(type).raw(value);
    }

    public String name() {
        return new String(name, StandardCharsets.UTF_8);
    }

    boolean is(String other) {
        return name().equals(other);
    }

    public void u32(long number) {
        set(GgufType.UINT32, new GgufBytes().u32(number));
    }

    public void u64(long number) {
        set(GgufType.UINT64, new GgufBytes().u64(number));
    }

    public void f32(float number) {
        set(GgufType.FLOAT32, new GgufBytes().u32(Float.floatToRawIntBits(number)));
    }

    public void bool(int stored) {
        set(GgufType.BOOL, new GgufBytes().number(stored, 1));
    }

    public void text(String text) {
        text(text.getBytes(StandardCharsets.UTF_8));
    }

    public void text(byte... text) {
        set(GgufType.STRING, new GgufBytes().string(text));
    }

    /** An array of that element type id and stated count, and whatever elements. */
    public void array(long elementType, long count, byte... elements) {
        set(GgufType.ARRAY, new GgufBytes().u32(elementType).u64(count).raw(elements));
    }

    /** Any value, as the format stores it. */
    public void set(GgufValue other) {
        type = other.type().id();
        value = GgufArray.of(other.type(), List.of(other)).stored().toArray(ValueLayout.JAVA_BYTE);
    }

    private void set(GgufType newType, GgufBytes bytes) {
        type = newType.id();
        value = bytes.bytes();
    }

    /** The text of a string value. */
    public String text() {
        return new String(value, Long.BYTES, value.length - Long.BYTES, StandardCharsets.UTF_8);
    }

    /** Edits a text that is JSON; it is written without blanks and in ASCII, as exporters do. */
    public void json(Consumer<JsonNode> edit) {
        JsonNode document = parse(text());
        edit.accept(document);
        try {
            text(JSON.writeValueAsString(document));
        } catch (JsonProcessingException impossible) {
            throw new IllegalArgumentException(name(), impossible);
        }
    }

    static JsonNode parse(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException malformed) {
            throw new IllegalArgumentException(json, malformed);
        }
    }
}
