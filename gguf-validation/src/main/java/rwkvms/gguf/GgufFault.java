package rwkvms.gguf;

/** Why {@link GgufReader} cannot go on, or why a tensor's data cannot be taken. The names are stable. */
public enum GgufFault {
    /** The first four bytes are not {@code GGUF}. */
    MAGIC,
    /** Version 0, 1, above 3, or stored in big-endian order. */
    VERSION,
    /** The file ends inside the header, a key, a value or a tensor info. */
    TRUNCATED,
    /** A count of keys, tensors or array elements that the rest of the file cannot hold, or above a limit. */
    COUNT,
    /** Decoded strings above {@link GgufLimits#MAX_TEXT_BYTES} together. */
    TEXT_LIMIT,
    /** A string that is not well-formed UTF-8. */
    UTF8,
    /** A value type id that does not exist. */
    VALUE_TYPE,
    /** A bool stored as something else than 0 or 1. */
    BOOL,
    /** Arrays nested deeper than {@link GgufLimits#MAX_ARRAY_DEPTH}. */
    ARRAY_DEPTH,
    /** More dimensions than {@link GgufLimits#MAX_DIMENSIONS}. */
    DIMENSIONS,
    /** {@code general.alignment} is not a u32 or not a power of two. */
    ALIGNMENT,
    /** A tensor's type id does not exist. */
    TENSOR_TYPE,
    /** A tensor whose size overflows, or whose rows are not whole blocks of its type. */
    TENSOR_SIZE,
    /** A tensor's data lies outside the file. */
    TENSOR_DATA
}
