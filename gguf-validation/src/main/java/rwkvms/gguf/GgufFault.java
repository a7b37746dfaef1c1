package rwkvms.gguf;

/**
 * What can be wrong with a GGUF file or with the data of a tensor. The names are stable.
 */
public enum GgufFault {
    /** The first four bytes are not {@code GGUF}. */
    MAGIC(Rulings.BOTH),
    /** Version 0, 1, above 3, or stored in big-endian order. */
    VERSION(Rulings.BOTH),
    /** The file ends inside the header, a key, a value or a tensor info. */
    TRUNCATED(Rulings.BOTH),
    /** A count of keys, tensors or array elements that the rest of the file cannot hold. */
    COUNT(Rulings.BOTH),
    /** More keys, tensors or array elements than {@link GgufLimits} takes, in a file large enough for them. */
    LIMIT(Rulings.UNDECIDED),
    /** Decoded strings above {@link GgufLimits#MAX_TEXT_BYTES} together. */
    TEXT_LIMIT(Rulings.UNDECIDED),
    /** A string that is not well-formed UTF-8. Reading goes on. */
    UTF8(Rulings.GGUF_ONLY),
    /** A value type id that does not exist. */
    VALUE_TYPE(Rulings.BOTH),
    /** A bool stored as something else than 0 or 1, which counts as true. Reading goes on. */
    BOOL(Rulings.GGUF_ONLY),
    /** An array of arrays. Reading goes on. */
    NESTED_ARRAY(Rulings.GGML_ONLY),
    /** Arrays nested deeper than {@link GgufLimits#MAX_ARRAY_DEPTH}. */
    ARRAY_DEPTH(new Rulings(Ruling.UNDECIDED, Ruling.REFUSES)),
    /** More dimensions than {@link GgufLimits#MAX_DIMENSIONS}. */
    DIMENSIONS(Rulings.BOTH),
    /**
     * {@code general.alignment} is not a u32, not a power of two (ggml) or not a multiple of 8 (the specification).
     * Reading goes on, with the alignment ggml takes or else the default.
     */
    ALIGNMENT(Rulings.BOTH),
    /** A tensor's type id does not exist. */
    TENSOR_TYPE(Rulings.BOTH),
    /** A tensor whose size overflows, or whose rows are not whole blocks of its type. */
    TENSOR_SIZE(Rulings.BOTH),
    /** A tensor's data lies outside the file. */
    TENSOR_DATA(Rulings.DATA);

    @SuppressWarnings("ImmutableEnumChecker") // a record of two enum constants
    private final Rulings rulings;

    GgufFault(Rulings rulings) {
        this.rulings = rulings;
    }

    /** How the profiles usually rule on it; a {@link GgufProblem} has the rulings on its case. */
    public Rulings rulings() {
        return rulings;
    }
}
