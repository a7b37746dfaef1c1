package rwkvms.gguf;

/**
 * A key with its value, and the places of both.
 *
 * @param keyOffset byte offset of the key's length field
 * @param valueOffset byte offset of the value, behind its type id
 */
public record GgufEntry(String key, GgufValue value, long keyOffset, long valueOffset) {
}
