package rwkvms.sidecar.synthesis;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import rwkvms.gguf.GgufEntry;
import rwkvms.gguf.GgufException;
import rwkvms.gguf.GgufFile;
import rwkvms.gguf.GgufPair;
import rwkvms.gguf.GgufReader;
import rwkvms.gguf.GgufTensor;
import rwkvms.gguf.GgufTensorInfo;
import rwkvms.gguf.GgufValue;
import rwkvms.gguf.GgufWriter;
import rwkvms.sidecar.SidecarKey;
import rwkvms.sidecar.validation.FindingCode;

/**
 * One fault, put into a copy of a sound sidecar on purpose (sidecar.md, "Validation"): every runtime must refuse the copy. The
 * validator reports {@link #code}, sometimes with other findings that follow from it.
 */
public enum SidecarDamage {
    /** A bit of the magic. */
    MAGIC(FindingCode.GGUF_MAGIC, file -> flipped(file, 0)),
    /** Container version 1. */
    VERSION(FindingCode.GGUF_VERSION, file -> withInt(file, Integer.BYTES, 1)),
    /** No byte at all. */
    EMPTY(FindingCode.GGUF_TRUNCATED, file -> new byte[0]),
    /** The file ends in the middle of its header. */
    TRUNCATED_HEADER(FindingCode.GGUF_TRUNCATED, file -> Arrays.copyOf(file, (int) (read(file).infoEnd() / 2))),
    /** The file ends in the middle of its tensor data. */
    TRUNCATED_DATA(FindingCode.TENSOR_DATA,
            file -> Arrays.copyOf(file, (int) ((read(file).dataStart() + file.length) / 2))),
    /** A count of tensors that no file can hold. */
    TENSOR_COUNT_HUGE(FindingCode.GGUF_COUNT, file -> withLong(file, 2 * Integer.BYTES, Long.MAX_VALUE)),
    /** The first key once more, with the same value. */
    DUPLICATE_KEY(FindingCode.DUPLICATE_KEY,
            file -> rewritten(file, keys -> plus(keys, keys.getFirst()), UnaryOperator.identity())),
    /** The first tensor once more. */
    DUPLICATE_TENSOR(FindingCode.DUPLICATE_TENSOR,
            file -> rewritten(file, UnaryOperator.identity(), tensors -> plus(tensors, tensors.getFirst()))),
    /** The last tensor's offset points at the first one's data. */
    TENSOR_OFFSET(FindingCode.TENSOR_OFFSET,
            file -> withLong(file, (int) read(file).tensors().getLast().dataOffsetOffset(), 0)),
    /** Another architecture. */
    ARCHITECTURE(FindingCode.ARCHITECTURE, file -> withKey(file, SidecarKey.ARCHITECTURE, GgufValue.text("llama"))),
    /** A schema that no version has. */
    SCHEMA(FindingCode.SCHEMA,
            file -> withKey(file, SidecarKey.SCHEMA, GgufValue.text("delta_mem_rwkv_ms_sidecar.v9"))),
    /** A required key left out. */
    KEY_MISSING(FindingCode.KEY_MISSING, file -> rewritten(file,
            keys -> keys.stream().filter(pair -> !pair.key().equals(SidecarKey.RANK.key())).toList(),
            UnaryOperator.identity())),
    /** A base SHA-256 of 63 digits. */
    BASE_SHA256(FindingCode.BASE_SHA256_FORM,
            file -> withKey(file, SidecarKey.BASE_SHA256, GgufValue.text("0".repeat(63)))),
    /** Embedded JSON cut off. */
    CONFIG_JSON(FindingCode.JSON_SYNTAX, file -> withKey(file, SidecarKey.CONFIG, GgufValue.text("{\"rank\":"))),
    /** A rank of 0. */
    RANK(FindingCode.RANK, file -> withKey(file, SidecarKey.RANK, GgufValue.u32(0))),
    /** Two state heads, which no C++ runtime honours. */
    NUM_STATE_HEADS(FindingCode.NUM_STATE_HEADS, file -> withKey(file, SidecarKey.NUM_STATE_HEADS, GgufValue.u32(2))),
    /** A required tensor left out. */
    TENSOR_MISSING(FindingCode.TENSOR_MISSING,
            file -> rewritten(file, UnaryOperator.identity(), tensors -> tensors.subList(1, tensors.size()))),
    /** A tensor in PyTorch's order of dimensions. */
    TENSOR_TRANSPOSED(FindingCode.TENSOR_TRANSPOSED,
            file -> rewritten(file, UnaryOperator.identity(), SidecarDamage::withFirstTransposed)),
    /** The lowest bit of a tensor's first value: only the hash in the manifest tells. */
    PAYLOAD_BIT(FindingCode.MANIFEST_SHA256, file -> {
        GgufFile gguf = read(file);
        return flipped(file, (int) (gguf.dataStart() + gguf.tensors().getFirst().dataOffset()));
    }),
    /** Not a number as the first value of a tensor. */
    PAYLOAD_VALUE(FindingCode.PAYLOAD_VALUE, file -> {
        GgufFile gguf = read(file);
        byte[] damaged = file.clone();
        GgufTensorInfo first = gguf.tensors().getFirst();
        int at = (int) (gguf.dataStart() + first.dataOffset());// All ones are NaN in each of the three types of a sidecar.
        Arrays.fill(damaged, at, at + Integer.BYTES, (byte) -1);
        return damaged;
    });

    private final FindingCode code;
    @SuppressWarnings("ImmutableEnumChecker") // lambdas without state
    private final Damage damage;

    private interface Damage {
        byte[] of(byte[] file) throws GgufException;
    }

    SidecarDamage(FindingCode code, Damage damage) {
        this.code = code;
        this.damage = damage;
    }

    /** What the validator reports about the damaged file. */
    public FindingCode code() {
        return code;
    }

    /** The name in reports, such as {@code tensor-missing}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * The damaged copy of a sound sidecar.
     *
     * @throws IllegalArgumentException if the reader refuses the file
     */
    public byte[] applyTo(byte[] sidecar) {
        try {
            return damage.of(sidecar);
        } catch (GgufException e) {
            throw new IllegalArgumentException("expected a sound sidecar to damage: " + e.getMessage(), e);
        }
    }

    private static GgufFile read(byte[] file) throws GgufException {
        return GgufReader.read(MemorySegment.ofArray(file));
    }

    private static ByteBuffer littleEndian(byte[] file) {
        return ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] flipped(byte[] file, int at) {
        byte[] damaged = file.clone();
        damaged[at] ^= 1;
        return damaged;
    }

    private static byte[] withInt(byte[] file, int at, int value) {
        byte[] damaged = file.clone();
        littleEndian(damaged).putInt(at, value);
        return damaged;
    }

    private static byte[] withLong(byte[] file, int at, long value) {
        byte[] damaged = file.clone();
        littleEndian(damaged).putLong(at, value);
        return damaged;
    }

    private static byte[] withKey(byte[] file, SidecarKey key, GgufValue value) throws GgufException {
        return rewritten(file, keys -> keys.stream()
                .map(pair -> pair.key().equals(key.key()) ? new GgufPair(pair.key(), value) : pair).toList(),
                UnaryOperator.identity());
    }

    /** The file with other keys or tensors; everything else follows from them. */
    private static byte[] rewritten(byte[] file, UnaryOperator<List<GgufPair>> keys,
            UnaryOperator<List<GgufTensor>> tensors) throws GgufException {
        GgufFile gguf = read(file);
        List<GgufPair> pairs = new ArrayList<>();
        for (GgufEntry entry : gguf.entries()) {
            pairs.add(new GgufPair(entry.key(), entry.value()));
        }
        List<GgufTensor> whole = new ArrayList<>();
        for (GgufTensorInfo info : gguf.tensors()) {
            whole.add(new GgufTensor(info.name(), info.type().orElseThrow(), info.ne(), gguf.data(info)));
        }
        return GgufWriter.toBytes(keys.apply(pairs), tensors.apply(whole));
    }

    private static <T> List<T> plus(List<T> list, T last) {
        List<T> longer = new ArrayList<>(list);
        longer.add(last);
        return longer;
    }

    /** The first tensor whose two dimensions differ, with these exchanged and its bytes as they are. */
    private static List<GgufTensor> withFirstTransposed(List<GgufTensor> tensors) {
        List<GgufTensor> changed = new ArrayList<>(tensors);
        for (int i = 0; i < changed.size(); i++) {
            GgufTensor tensor = changed.get(i);
            if (tensor.ne().size() == 2 && !tensor.ne().getFirst().equals(tensor.ne().getLast())) {
                changed.set(i, new GgufTensor(tensor.name(), tensor.type(), tensor.ne().reversed(), tensor.data()));
                return changed;
            }
        }
        throw new IllegalArgumentException("expected a tensor of two different dimensions, found none");
    }
}
