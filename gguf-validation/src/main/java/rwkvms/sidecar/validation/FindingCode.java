package rwkvms.sidecar.validation;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rwkvms.gguf.GgufFault;
import rwkvms.gguf.Rulings;

/** Everything the validator can say about a sidecar. Names are stable; the description is part of the message. */
public enum FindingCode {
    FILE_UNREADABLE(Kind.MALFORMED, Rulings.UNDECIDED, "the file cannot be read"),
    GGUF_MAGIC(Kind.MALFORMED, Rulings.BOTH, "not a GGUF file"),
    GGUF_VERSION(Kind.MALFORMED, Rulings.BOTH, "unreadable GGUF version"),
    GGUF_TRUNCATED(Kind.MALFORMED, Rulings.BOTH, "the file ends too early"),
    GGUF_COUNT(Kind.MALFORMED, Rulings.BOTH, "a count beyond the file"),
    GGUF_LIMIT(Kind.MALFORMED, Rulings.UNDECIDED, "beyond a limit of this validator"),
    GGUF_TEXT_LIMIT(Kind.MALFORMED, Rulings.UNDECIDED, "too much text"),
    GGUF_UTF8(Kind.MALFORMED, Rulings.GGUF_ONLY, "malformed UTF-8"),
    GGUF_VALUE_TYPE(Kind.MALFORMED, Rulings.BOTH, "unknown value type"),
    GGUF_BOOL(Kind.MALFORMED, Rulings.GGUF_ONLY, "malformed bool"),
    GGUF_NESTED_ARRAY(Kind.MALFORMED, Rulings.GGML_ONLY, "array of arrays"),
    GGUF_ARRAY_DEPTH(Kind.MALFORMED, GgufFault.ARRAY_DEPTH.rulings(), "arrays nested too deep"),
    GGUF_DIMENSIONS(Kind.MALFORMED, Rulings.BOTH, "too many dimensions"),
    GGUF_ALIGNMENT(Kind.MALFORMED, null, "malformed alignment"),
    CONTAINER_VERSION(Kind.MALFORMED, Rulings.GGUF_ONLY, "wrong GGUF version for a sidecar"),
    EMPTY_KEY(Kind.MALFORMED, Rulings.BOTH, "empty key"),
    KEY_NAME(Kind.MALFORMED, Rulings.GGUF_ONLY, "malformed key"),
    NAME_NUL(Kind.MALFORMED, null, "NUL in a name"),
    DUPLICATE_KEY(Kind.MALFORMED, Rulings.GGML_ONLY, "duplicate key"),
    DUPLICATE_TENSOR(Kind.MALFORMED, Rulings.GGML_ONLY, "duplicate tensor name"),
    NAME_CLASH(Kind.MALFORMED, Rulings.GGML_ONLY, "tensor names equal up to a NUL"),
    EMPTY_TENSOR_NAME(Kind.MALFORMED, "empty tensor name"),
    TENSOR_NAME(Kind.MALFORMED, null, "tensor name too long"),
    TENSOR_TYPE(Kind.MALFORMED, null, "wrong tensor type"),
    NO_DIMENSIONS(Kind.MALFORMED, "tensor without dimensions"),
    ZERO_DIMENSION(Kind.MALFORMED, "dimension of zero"),
    TENSOR_SIZE(Kind.MALFORMED, null, "impossible tensor size"),
    TENSOR_OFFSET(Kind.MALFORMED, null, "tensor data not contiguous"),
    DATA_START(Kind.MALFORMED, Rulings.BOTH, "the file ends before its tensor data"),
    TENSOR_DATA(Kind.MALFORMED, Rulings.DATA, "tensor data outside the file"),
    PADDING(Kind.MALFORMED, Rulings.GGUF_ONLY, "padding is not zero"),
    FILE_SIZE(Kind.MALFORMED, null, "the file does not end with its tensor data"),

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
    BASE_LAYERS(Kind.MALFORMED, "target layers that the base model does not offer"),
    BASE_LAYERS_UNKNOWN(Kind.WARNING, "the base file does not tell its layers"),
    MMPROJ_SHA256(Kind.MALFORMED, "projector SHA-256 malformed"),

    RANK(Kind.MALFORMED, "rank out of range"),
    ALPHA(Kind.MALFORMED, "alpha out of range"),
    NUM_STATE_HEADS(Kind.UNSUPPORTED, "unsupported number of state heads"),
    STATE_WIDTH(Kind.MALFORMED, "state width out of range"),
    NUM_STATES(Kind.MALFORMED, "number of states out of range"),
    CHUNK_SIZE(Kind.MALFORMED, "chunk size out of range"),
    SEMANTICS_VERSION(Kind.MALFORMED, "unknown semantics version"),
    BOUNDARY_MODE(Kind.UNSUPPORTED, "unsupported boundary mode"),
    MEMORY_BACKEND(Kind.UNSUPPORTED, "unsupported memory backend"),
    FUSION(Kind.UNSUPPORTED, "unsupported fusion"),
    UPDATE_MODE(Kind.UNSUPPORTED, "unsupported update mode"),
    TRAINABLE_DELTA_SCALE(Kind.UNSUPPORTED, "unsupported trainable delta scale"),
    SETTING_TYPE(Kind.MALFORMED, "wrong type of a setting"),
    SETTING_RANGE(Kind.MALFORMED, "setting out of range"),
    SETTING_CONTRADICTS(Kind.MALFORMED, "config_json contradicts a key"),
    METADATA_CONTRADICTS(Kind.MALFORMED, "adapter_metadata_json contradicts a key"),
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
    MANIFEST_SHA256(Kind.MALFORMED, "payload differs from the manifest"),
    PAYLOAD_VALUE(Kind.MALFORMED, "NaN or infinity in a payload"),
    DEAD_TENSOR(Kind.WARNING, "all-zero tensor");

    /** Who cannot use a sidecar with such a finding. */
    public enum Kind {
        /** Nobody: the file is broken. */
        MALFORMED,
        /** The C++ runtime: the file is sound, but the runtime does not support it. */
        UNSUPPORTED,
        /** Everybody can use it; it deserves a look. */
        WARNING
    }

    /** How much a finding matters: an error refuses the file, a warning does not. */
    public enum Severity {
        ERROR, WARNING
    }

    private final Kind kind;
    @SuppressWarnings("ImmutableEnumChecker") // a record of two enum constants
    private final @Nullable Rulings rulings;
    private final String description;

    /** A code about the meaning of the file, on which neither profile rules. */
    FindingCode(Kind kind, String description) {
        this(kind, Rulings.NONE, description);
    }

    FindingCode(Kind kind, @Nullable Rulings rulings, String description) {
        this.kind = kind;
        this.rulings = rulings;
        this.description = description;
    }

    /** How the container profiles rule on every such finding; empty if that depends on the case. */
    public Optional<Rulings> rulings() {
        return Optional.ofNullable(rulings);
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
            case TENSOR_TYPE, TENSOR_SIZE, TENSOR_DATA -> valueOf(fault.name());
            default -> valueOf("GGUF_" + fault);
        };
    }
}
