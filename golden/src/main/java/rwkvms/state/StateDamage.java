package rwkvms.state;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

import rwkvms.runtime.StateFault;

/** One fault, put into a copy of a file with a payload on purpose. A restore must refuse it with {@link #fault}. */
public enum StateDamage {
    /** A bit of the magic. */
    MAGIC(StateFault.STATE_MAGIC, 0),
    VERSION(StateFault.STATE_VERSION, StateFormat.VERSION_OFFSET),
    LAYERS(StateFault.STATE_LAYERS, 8),
    NUM_STATES(StateFault.STATE_NUM_STATES, 12),
    NUM_STATE_HEADS(StateFault.STATE_HEADS, 16),
    RANK(StateFault.STATE_RANK, 20),
    CHUNK_SIZE(StateFault.STATE_CHUNK_SIZE, 24),
    /** The lowest bit of the byte at 28, as the live health check flips it. */
    FINGERPRINT(StateFault.STATE_FINGERPRINT, StateFormat.FINGERPRINT_OFFSET),
    LENGTH(StateFault.STATE_LENGTH, StateFormat.LENGTH_OFFSET),
    /** The last byte of the payload. */
    CHECKSUM(StateFault.STATE_CHECKSUM, -1),
    /** Another index of the first layer, under a checksum that holds. */
    LAYER(StateFault.STATE_LAYER, StateFormat.BODY_OFFSET),
    /** A negative position of the first layer, under a checksum that holds. */
    POSITION(StateFault.STATE_VALUE, StateFormat.BODY_OFFSET + Integer.BYTES),
    /** Not a number as the last value of the state, under a checksum that holds. */
    VALUE(StateFault.STATE_VALUE, -1),
    /** The file without its last byte. */
    TRUNCATE(StateFault.STATE_LENGTH, -1);

    private final StateFault fault;
    private final int offset;

    StateDamage(StateFault fault, int offset) {
        this.fault = fault;
        this.offset = offset;
    }

    /** The reason that a restore of the payload gives. */
    public StateFault fault() {
        return fault;
    }

    /** The name on the command line, such as {@code chunk-size}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Whether the damage can be done without knowing the layout behind the fingerprint. */
    public boolean fitsForeign() {
        return this == TRUNCATE || (offset >= 0 && offset <= StateFormat.FINGERPRINT_OFFSET);
    }

    /**
     * The damaged file; empty if the payload is foreign and the damage needs our layout.
     *
     * @param view of the payload in {@code file}
     */
    public Optional<byte[]> applyTo(byte[] file, StateView view) {
        if (view.own().isEmpty() && !fitsForeign()) {
            return Optional.empty();
        }
        if (this == TRUNCATE) {
            return Optional.of(Arrays.copyOf(file, file.length - 1));
        }
        byte[] damaged = file.clone();
        int start = Math.toIntExact(view.offset());
        int end = start + view.own().map(own -> (int) own.size()).orElse(0);
        ByteBuffer bytes = ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN);
        switch (this) {
            case CHECKSUM -> damaged[end - 1] ^= 1;
            case VALUE -> bytes.putFloat(end - StateFormat.HASH_SIZE - Float.BYTES, Float.NaN);
            case POSITION -> bytes.putLong(start + offset, -1);
            default -> damaged[start + offset] ^= 1;
        }
        if (this == VALUE || this == POSITION || this == LAYER) {
            sealAgain(damaged, start, end);
        }
        return Optional.of(damaged);
    }

    private static void sealAgain(byte[] file, int start, int end) {
        byte[] payload = Arrays.copyOfRange(file, start, end);
        Hashes.seal(payload);
        System.arraycopy(payload, 0, file, start, payload.length);
        if (SessionFormat.matches(file)) {
            Hashes.seal(file);
        }
    }

    /** The damaged copy of a payload that is not part of a file. */
    public byte[] applyTo(byte[] payload) {
        StateView view = StateView.find(MemorySegment.ofArray(payload)).orElseThrow();
        return applyTo(payload, view).orElseThrow();
    }
}
