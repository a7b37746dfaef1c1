package rwkvms.state.checks;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.StateFault;
import rwkvms.sidecar.synthesis.SyntheticSidecar;
import rwkvms.state.Hashes;
import rwkvms.state.StateDamage;
import rwkvms.state.StateFormat;

/**
 * Lines 2 and 3 of the contract in state.md: each fault of a payload has its own code, and no refusal changes anything.
 */
final class RefusedStateChecks {
    private static final int RANDOM_FLIPS = 2000;
    private static final long FLIP_SEED = 20_260_731;
    private static final List<Float> NOT_FINITE = List.of(Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY,
            Float.intBitsToFloat(0xffc0_0001));
    /** Bytes of index and position, in front of a layer's values. */
    private static final int LAYER_HEAD = Integer.BYTES + Long.BYTES;

    private RefusedStateChecks() {
    }

    static List<StateCheck> all() {
        return List.of(
                new StateCheck("each fault of a payload is refused with its own code", on(RefusedStateChecks::faults)),
                new StateCheck("a payload cut at any byte, or with more behind it, is refused",
                        on(RefusedStateChecks::lengths)),
                new StateCheck("every bit of the header is checked", on(RefusedStateChecks::headerBits)),
                new StateCheck("a flipped bit behind the header breaks the checksum", on(RefusedStateChecks::bodyBits)),
                new StateCheck("every value is checked to be finite", on(RefusedStateChecks::values)),
                new StateCheck("layers swapped, repeated or out of step are refused", on(RefusedStateChecks::layers)),
                new StateCheck("a payload of another sidecar or base is refused",
                        runtime -> Victim.on(runtime, victim -> otherSidecars(victim, runtime))));
    }

    private static StateCheck.Body on(Victim.Story story) {
        return runtime -> Victim.on(runtime, story);
    }

    private static void faults(Victim victim) {
        for (StateDamage damage : StateDamage.values()) {
            victim.refuses("damage " + damage.label(), damage.applyTo(victim.saved()), damage.fault());
        }
    }

    private static void lengths(Victim victim) {
        byte[] whole = victim.saved();
        for (int size = 0; size < whole.length; size++) {
            victim.refuses("cut to " + size + " bytes", Arrays.copyOf(whole, size), StateFault.STATE_LENGTH);
        }
        for (int more : new int[]{1, Integer.BYTES, StateFormat.HASH_SIZE, whole.length}) {
            victim.refuses(more + " bytes more", Arrays.copyOf(whole, whole.length + more), StateFault.STATE_LENGTH);
        }
        byte[] twice = Arrays.copyOf(whole, 2 * whole.length);
        System.arraycopy(whole, 0, twice, whole.length, whole.length);
        victim.refuses("the payload twice", twice, StateFault.STATE_LENGTH);
    }

    private static void headerBits(Victim victim) {
        for (int bit = 0; bit < StateFormat.BODY_OFFSET * Byte.SIZE; bit++) {
            victim.refuses("bit " + bit + " flipped", flipped(victim.saved(), bit), faultOfHeaderByte(bit / Byte.SIZE));
        }
    }

    private static StateFault faultOfHeaderByte(int at) {
        if (at >= StateFormat.LENGTH_OFFSET) {
            return StateFault.STATE_LENGTH;
        }
        if (at >= StateFormat.FINGERPRINT_OFFSET) {
            return StateFault.STATE_FINGERPRINT;
        }
        return List.of(StateFault.STATE_MAGIC, StateFault.STATE_VERSION, StateFault.STATE_LAYERS,
                StateFault.STATE_NUM_STATES, StateFault.STATE_HEADS, StateFault.STATE_RANK,
                StateFault.STATE_CHUNK_SIZE).get(at / Integer.BYTES);
    }

    private static void bodyBits(Victim victim) {
        Random random = new Random(FLIP_SEED);
        int first = StateFormat.BODY_OFFSET * Byte.SIZE;
        for (int i = 0; i < RANDOM_FLIPS; i++) {
            int bit = random.nextInt(first, victim.saved().length * Byte.SIZE);
            victim.refuses("bit " + bit + " flipped, seed " + FLIP_SEED, flipped(victim.saved(), bit),
                    StateFault.STATE_CHECKSUM);
        }
    }

    private static byte[] flipped(byte[] bytes, int bit) {
        bytes[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
        return bytes;
    }

    /** Bytes that the payload has per layer. */
    private static int layerSize(Victim victim) {
        return (victim.saved().length - StateFormat.SMALLEST) / SmallMemory.SIZES.layers().size();
    }

    private static void values(Victim victim) {
        int size = layerSize(victim);
        for (float value : NOT_FINITE) {
            for (int layer = StateFormat.BODY_OFFSET; layer + size <= victim.saved().length; layer += size) {
                for (int at = layer + LAYER_HEAD; at < layer + size; at += Float.BYTES) {
                    byte[] payload = victim.saved();
                    ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN).putFloat(at, value);
                    victim.refuses(value + " at byte " + at, sealed(payload), StateFault.STATE_VALUE);
                }
            }
        }
    }

    private static void layers(Victim victim) {
        byte[] saved = victim.saved();
        int first = StateFormat.BODY_OFFSET;
        int size = layerSize(victim);
        byte[] repeated = victim.saved();
        System.arraycopy(saved, first, repeated, first + size, size);
        victim.refuses("the first layer twice", sealed(repeated.clone()), StateFault.STATE_LAYER);
        System.arraycopy(saved, first + size, repeated, first, size);
        victim.refuses("the first two layers swapped", sealed(repeated), StateFault.STATE_LAYER);
        byte[] apart = victim.saved();
        apart[first + 2 * size + Integer.BYTES]++;
        victim.refuses("the third layer a token further", sealed(apart), StateFault.STATE_STEP);
    }

    private static byte[] sealed(byte[] payload) {
        Hashes.seal(payload);
        return payload;
    }

    /** The same sizes with other weights, or bound to another base. */
    private static void otherSidecars(Victim victim, MemoryRuntime runtime) throws Exception {
        SyntheticSidecar base = SmallMemory.SIZES.withBase("b", "cd".repeat(32));
        try (SmallMemory otherWeights = SmallMemory.on(runtime, SmallMemory.SIZES, SmallMemory.SEED + 1);
                SmallMemory otherBase = SmallMemory.on(runtime, base, SmallMemory.SEED);
                MemorySession ofWeights = otherWeights.after(3, 2);
                MemorySession ofBase = otherBase.after(3, 2)) {
            victim.refuses("payload of other weights", ofWeights.saveState(), StateFault.STATE_FINGERPRINT);
            victim.refuses("payload of another base", ofBase.saveState(), StateFault.STATE_FINGERPRINT);
        }
    }
}
