package rwkvms.parity.sidecar;

import static rwkvms.sidecar.validation.FindingCode.*;

import java.util.EnumSet;
import java.util.Set;
import rwkvms.sidecar.testing.MalformedClass.Ggml;
import rwkvms.sidecar.validation.FindingCode;

/**
 * An intended difference between the validator and ggml's reader, with the reason; docs/sidecar-differences.md is written from
 * this list. The C++ runtime is not in it, because it takes and refuses the same files as the validator.
 *
 * <p>Every error of a file that ggml takes must stand in an entry of {@link Ggml#ACCEPTS}.
 */
enum IntendedDifference {
    MEANING(Ggml.ACCEPTS, "ggml reads containers, and its reader does not know the rules of a sidecar",
            EnumSet.range(KEY_MISSING, PAYLOAD_VALUE)),
    VERSION_2(Ggml.ACCEPTS, "a sidecar is GGUF version 3; no other has been published", CONTAINER_VERSION),
    UTF_8(Ggml.ACCEPTS, "the specification asks for UTF-8; each reader would show another text", GGUF_UTF8),
    BOOL(Ggml.ACCEPTS, "the specification knows 0 and 1; the meaning of 2 depends on the compiler", GGUF_BOOL),
    TEXT(Ggml.ACCEPTS, "memory is bounded by the file and by limits far beyond any real file", GGUF_TEXT_LIMIT),
    KEY_FORM(Ggml.ACCEPTS, "the specification restricts keys to segments of a-z, 0-9 and _", KEY_NAME),
    NUL(Ggml.ACCEPTS, "C ends a name at its NUL, others do not: two readers would see two names", NAME_NUL),
    NO_NAME(Ggml.ACCEPTS, "a tensor without a name cannot be looked up", EMPTY_TENSOR_NAME),
    SMALL_ALIGNMENT(Ggml.ACCEPTS, "the specification asks for a multiple of 8", GGUF_ALIGNMENT),
    SCALAR(Ggml.ACCEPTS, "ggml reads no dimension as one value; no tensor of a sidecar is a scalar", NO_DIMENSIONS),
    NO_VALUE(Ggml.ACCEPTS, "a tensor without values has no data to check", ZERO_DIMENSION),
    WRAPPED_SIZE(Ggml.ACCEPTS, "ggml multiplies in 64 bits, where 2^32 times 2^32 is 0", TENSOR_SIZE),
    NO_TYPE(Ggml.ACCEPTS, "ggml has types that no runtime of a sidecar supports", TENSOR_TYPE),
    FILLED_PADDING(Ggml.ACCEPTS, "the specification pads with zeros; anything else may be hidden data", PADDING),
    TRAILING_BYTES(Ggml.ACCEPTS, "bytes behind the last tensor belong to nothing",
            FILE_SIZE),
    LATE(Ggml.REFUSES_DATA, "ggml compares sizes with the file only when it reads the data; a caller that maps the "
            + "file reads beyond it", TENSOR_DATA, FILE_SIZE),
    ENDS_THE_PROCESS(Ggml.ABORTS, "ggml allocates as much as the header claims, and aborts if that fails", TENSOR_DATA,
            TENSOR_SIZE);

    private final Ggml ggml;
    private final String reason;
    private final Set<FindingCode> codes;

    IntendedDifference(Ggml ggml, String reason, FindingCode first, FindingCode... others) {
        this(ggml, reason, EnumSet.of(first, others));
    }

    IntendedDifference(Ggml ggml, String reason, Set<FindingCode> codes) {
        this.ggml = ggml;
        this.reason = reason;
        this.codes = codes;
    }

    Ggml ggml() {
        return ggml;
    }

    String reason() {
        return reason;
    }

    Set<FindingCode> codes() {
        return codes;
    }

    /** Whether the difference occurs in a file that the validator refuses. */
    boolean occursIn(ReaderAnswers judged) {
        return judged.ggml() == ggml && judged.errors().stream().anyMatch(codes::contains);
    }

    /** Whether every error of the file that ggml lets pass is listed. */
    static boolean explain(ReaderAnswers judged) {
        Set<FindingCode> listed = EnumSet.noneOf(FindingCode.class);
        for (IntendedDifference difference : values()) {
            if (difference.ggml == judged.ggml()) {
                listed.addAll(difference.codes);
            }
        }
        return judged.ggml() == Ggml.ACCEPTS
                ? listed.containsAll(judged.errors())
                : judged.errors().stream().anyMatch(listed::contains);
    }

    /** docs/sidecar-differences.md. */
    static String markdown() {
        StringBuilder text = new StringBuilder(
                """
                        # Where the sidecar validator is stricter than ggml's reader

                        Each row is intended. `SidecarDifferentialTests` compares the validator, the C++ runtime and ggml's own
                        `gguf_init_from_file` on every class of the malformed corpus and on a thousand random changes: it fails on a
                        difference that is not listed here, and on a listed one that no longer occurs. This file is written from the
                        list in `IntendedDifference`. The validator and the C++ runtime do not differ: they take the same files, and
                        the status code has the name of one of the findings. Neither takes a file that ggml refuses.

                        | findings | ggml | why the validator refuses |
                        |---|---|---|
                        """);
        for (IntendedDifference difference : values()) {
            text.append("| ").append(difference.shownCodes()).append(" | ").append(switch (difference.ggml) {
                case ACCEPTS -> "takes it";
                case REFUSES_DATA -> "takes the header, refuses the data";
                case ABORTS -> "takes the header, aborts at the data";
                case REFUSES -> "refuses it";
            }).append(" | ").append(difference.reason).append(" |\n");
        }
        return text.toString();
    }

    private String shownCodes() {
        return this == MEANING
                ? "`" + KEY_MISSING + "` and all later codes"
                : String.join(", ", codes.stream().map(code -> "`" + code + "`").toList());
    }
}
