package rwkvms.gguf;

/** A key and its value, to be written. */
public record GgufPair(String key, GgufValue value) {
}
