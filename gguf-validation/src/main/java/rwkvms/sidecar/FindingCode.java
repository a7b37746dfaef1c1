package rwkvms.sidecar;

import rwkvms.gguf.GgufFault;

/** Everything the validator can say about a sidecar. Names are stable; the description is part of the message. */
public enum FindingCode {
    FILE_UNREADABLE(Kind.MALFORMED, "the file cannot be read"),
    GGUF_MAGIC(Kind.MALFORMED, "not a GGUF file"),
    GGUF_VERSION(Kind.MALFORMED, "unreadable GGUF version"),
    GGUF_TRUNCATED(Kind.MALFORMED, "the file ends too early"),
    GGUF_COUNT(Kind.MALFORMED, "a count beyond the file"),
    GGUF_TEXT_LIMIT(Kind.MALFORMED, "too much text"),
    GGUF_UTF8(Kind.MALFORMED, "malformed UTF-8"),
    GGUF_VALUE_TYPE(Kind.MALFORMED, "unknown value type"),
    GGUF_BOOL(Kind.MALFORMED, "malformed bool"),
    GGUF_ARRAY_DEPTH(Kind.MALFORMED, "arrays nested too deep"),
    GGUF_DIMENSIONS(Kind.MALFORMED, "too many dimensions"),
    GGUF_ALIGNMENT(Kind.MALFORMED, "malformed alignment"),
    CONTAINER_VERSION(Kind.MALFORMED, "wrong GGUF version for a sidecar"),
    DUPLICATE_KEY(Kind.MALFORMED, "duplicate key"),
    DUPLICATE_TENSOR(Kind.MALFORMED, "duplicate tensor name"),
    TENSOR_NAME(Kind.MALFORMED, "tensor name too long"),
    TENSOR_TYPE(Kind.MALFORMED, "wrong tensor type"),
    TENSOR_SIZE(Kind.MALFORMED, "impossible tensor size"),
    TENSOR_OFFSET(Kind.MALFORMED, "tensor data not contiguous"),
    TENSOR_DATA(Kind.MALFORMED, "tensor data outside the file"),
    PADDING(Kind.MALFORMED, "padding of a tensor is not zero"),
    FILE_SIZE(Kind.MALFORMED, "the file does not end with its tensor data"),

    KEY_MISSING(Kind.MALFORMED, "required key missing"),
    KEY_TYPE(Kind.MALFORMED, "wrong key type"),
    KEY_UNKNOWN(Kind.WARNING, "unknown key"),
    KEY_VERSION(Kind.MALFORMED, "key of another format version"),
    JSON_SYNTAX(Kind.MALFORMED, "malformed JSON"),
    JSON_FORM(Kind.MALFORMED, "JSON of the wrong form"),
    ARCHITECTURE(Kind.MALFORMED, "wrong architecture"),
    ALIGNMENT(Kind.MALFORMED, "wrong alignment"),
    SCHEMA(Kind.MALFORMED, "wrong schema"),
    FORMAT_VERSION(Kind.MALFORMED, "wrong format version"),
    NAME_FORMAT(Kind.MALFORMED, "wrong tensor name format"),
    STATE_DTYPE(Kind.MALFORMED, "wrong state type"),

    BASE_SHA256_MISSING(Kind.MALFORMED, "base SHA-256 absent"),
    BASE_SHA256_FORM(Kind.MALFORMED, "base SHA-256 malformed"),
    BASE_SHA256_DIFFERS(Kind.MALFORMED, "another base model"),
    BASE_UNREADABLE(Kind.MALFORMED, "the base file cannot be read"),

    RANK(Kind.MALFORMED, "rank out of range"),
    ALPHA(Kind.MALFORMED, "alpha out of range"),
    NUM_STATE_HEADS(Kind.UNSUPPORTED, "unsupported number of state heads"),
    STATE_WIDTH(Kind.MALFORMED, "state width out of range"),
    NUM_STATES(Kind.MALFORMED, "number of states out of range"),
    CHUNK_SIZE(Kind.MALFORMED, "chunk size out of range"),
    SEMANTICS_VERSION(Kind.MALFORMED, "unknown semantics version"),
    BOUNDARY_MODE(Kind.UNSUPPORTED, "unsupported boundary mode"),
    UPDATE_MODE(Kind.UNSUPPORTED, "unsupported update mode"),
    TRAINABLE_DELTA_SCALE(Kind.UNSUPPORTED, "unsupported trainable delta scale"),
    SETTING_TYPE(Kind.MALFORMED, "wrong type of a setting"),
    SETTING_RANGE(Kind.MALFORMED, "setting out of range"),
    SETTING_CONTRADICTS(Kind.MALFORMED, "config_json contradicts a key"),
    TARGET_LAYERS(Kind.MALFORMED, "wrong target layers"),
    DELTA_HEADS(Kind.MALFORMED, "wrong delta heads"),
    ATTENTION(Kind.MALFORMED, "wrong attention of a layer"),

    TENSOR_MISSING(Kind.MALFORMED, "required tensor missing"),
    TENSOR_UNKNOWN(Kind.MALFORMED, "unknown tensor"),
    TENSOR_LAYER(Kind.MALFORMED, "tensor of a layer that is no target"),
    TENSOR_SHAPE(Kind.MALFORMED, "wrong ggml shape"),
    TENSOR_TRANSPOSED(Kind.MALFORMED, "transposed ggml shape"),
    LAMBDA_UNUSED(Kind.WARNING, "lambda tensor beside a coupled lambda"),
    TENSOR_COUNT(Kind.MALFORMED, "tensor_count differs from the tensors"),
    TOTAL_NUMEL(Kind.MALFORMED, "total_numel differs from the tensors"),
    TOTAL_BYTES(Kind.MALFORMED, "total_bytes differs from the tensors"),
    MANIFEST_MISSING(Kind.MALFORMED, "tensor without a manifest entry"),
    MANIFEST_UNKNOWN(Kind.MALFORMED, "manifest entry without its tensor"),
    MANIFEST_CONTRADICTS(Kind.MALFORMED, "manifest contradicts its tensor"),
    MANIFEST_SHA256(Kind.MALFORMED, "payload differs from the manifest");

    /** Who cannot use a sidecar with such a finding. */
    public enum Kind {
        /** Nobody: the file is broken. */
        MALFORMED,
        /** The C++ runtime: the file is sound, but beyond what that honours. */
        UNSUPPORTED,
        /** Everybody can use it; it deserves a look. */
        WARNING
    }

    /** How much a finding matters: an error refuses the file, a warning does not. */
    public enum Severity {
        ERROR, WARNING
    }

    private final Kind kind;
    private final String description;

    FindingCode(Kind kind, String description) {
        this.kind = kind;
        this.description = description;
    }

    public Kind kind() {
        return kind;
    }

    public Severity severity() {
        return kind == Kind.WARNING ? Severity.WARNING : Severity.ERROR;
    }

    /**
     * Whether the reference cannot compute such a sidecar either: everything malformed, and everything unsupported that
     * no specification defines. It does compute several state heads.
     */
    public boolean stopsReference() {
        return kind == Kind.MALFORMED || (kind == Kind.UNSUPPORTED && this != NUM_STATE_HEADS);
    }

    /** One line that says what the finding means. */
    public String description() {
        return description;
    }

    static FindingCode of(GgufFault fault) {
        return switch (fault) {
            case MAGIC -> GGUF_MAGIC;
            case VERSION -> GGUF_VERSION;
            case TRUNCATED -> GGUF_TRUNCATED;
            case COUNT -> GGUF_COUNT;
            case TEXT_LIMIT -> GGUF_TEXT_LIMIT;
            case UTF8 -> GGUF_UTF8;
            case VALUE_TYPE -> GGUF_VALUE_TYPE;
            case BOOL -> GGUF_BOOL;
            case ARRAY_DEPTH -> GGUF_ARRAY_DEPTH;
            case DIMENSIONS -> GGUF_DIMENSIONS;
            case ALIGNMENT -> GGUF_ALIGNMENT;
            case TENSOR_TYPE -> TENSOR_TYPE;
            case TENSOR_SIZE -> TENSOR_SIZE;
            case TENSOR_DATA -> TENSOR_DATA;
        };
    }
}
