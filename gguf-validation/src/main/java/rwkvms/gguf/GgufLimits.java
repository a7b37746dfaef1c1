package rwkvms.gguf;

/**
 * Bounds of what {@link GgufReader} takes, so that memory and time follow the file and not what its header claims.
 *
 * <p>All are far above every real file; none is part of the GGUF specification unless said so.
 */
public final class GgufLimits {
    /** Key-value pairs: about 150 bytes of heap each, so some 10 MiB at most. Real files have below 100. */
    public static final int MAX_ENTRIES = 1 << 16;

    /** Tensors: about 200 bytes of heap each. Real files have some thousands. */
    public static final int MAX_TENSORS = 1 << 16;

    /** Bytes of all decoded strings together. Array elements are not decoded and do not count. */
    public static final long MAX_TEXT_BYTES = 64L << 20;

    /** Dimensions of a tensor: GGML_MAX_DIMS. */
    public static final int MAX_DIMENSIONS = 4;

    /** Arrays inside arrays: the specification sets no limit, ggml takes one level only. */
    public static final int MAX_ARRAY_DEPTH = 4;

    /** Elements of an array: what ggml takes. */
    public static final long MAX_ARRAY_ELEMENTS = 1L << 30;

    /** Longest key in bytes (GGUF specification). */
    public static final int MAX_KEY_BYTES = 65_535;

    /** Longest tensor name in bytes that the GGUF specification takes. */
    public static final int MAX_SPECIFIED_NAME_BYTES = 64;

    /** Longest tensor name in bytes: GGML_MAX_NAME is 64 and counts the terminating zero. */
    public static final int MAX_TENSOR_NAME_BYTES = 63;

    private GgufLimits() {
    }
}
