package rwkvms.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.SortedMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.RuntimeFailure;
import rwkvms.runtime.StateFault;
import rwkvms.runtime.TensorSet;

/**
 * Contract lines 2 and 3 of state.md on every runtime: each fault with its own code, and after every single refusal state,
 * positions and predecessor bit for bit as before, and the next outputs too.
 */
final class RefusedStateTests {
    private static final int RANDOM_FLIPS = 2000;
    private static final long FLIP_SEED = 20_260_731;
    /** Header: magic to length of the body. */
    private static final int HEADER = 68;

    private static final AtomicInteger REFUSED = new AtomicInteger();

    /** A session that has gone on since its payload was saved, and what it must still be after a refusal. */
    private static final class Victim implements AutoCloseable {
        private final SmallMemory memory;
        private final MemorySession session;
        private final byte[] saved;
        private final SortedMap<Integer, LayerState> before;
        private final SortedMap<Integer, TensorSet> next;

        Victim(SmallMemory memory) {
            this.memory = memory;
            this.session = memory.after(3, 2);
            this.saved = session.saveState();
            memory.forward(session, SmallMemory.block(1));
            this.before = memory.states(session);
            try (MemorySession undisturbed = memory.after(3, 2, 1)) {
                this.next = memory.forward(undisturbed, SmallMemory.block(4));
            }
        }

        byte[] saved() {
            return saved.clone();
        }

        RuntimeFailure refuses(byte[] payload) {
            RuntimeFailure refusal = catchThrowableOfType(RuntimeFailure.class, () -> session.loadState(payload));
            assertThat(refusal).as("expected a refusal, the payload was loaded").isNotNull();
            assertThat(SmallMemory.sameBits(memory.states(session), before)).as("unchanged after: " + refusal).isTrue();
            REFUSED.incrementAndGet();
            return refusal;
        }

        /** After any number of refusals; ends the session's use. */
        void continuesAsIfNothingHadHappened() {
            assertThat(SmallMemory.sameOutputs(memory.forward(session, SmallMemory.block(4)), next)).isTrue();
        }

        @Override
        public void close() {
            session.close();
        }
    }

    @FunctionalInterface
    private interface Check {
        void on(Victim victim) throws Exception;
    }

    private static Stream<DynamicTest> everywhere(Check check) {
        return Runtimes.all().stream().map(runtime -> DynamicTest.dynamicTest(runtime.name(), () -> {
            try (SmallMemory memory = SmallMemory.on(runtime); Victim victim = new Victim(memory)) {
                check.on(victim);
                victim.continuesAsIfNothingHadHappened();
            }
        }));
    }

    @AfterAll
    static void report() {
        System.out.println("payloads refused with nothing changed: " + REFUSED.get());
    }

    @TestFactory
    Stream<DynamicTest> eachFaultHasItsCodeAndNamesFieldExpectedAndFound() {
        return everywhere(victim -> {
            for (StateDamage damage : StateDamage.values()) {
                RuntimeFailure refusal = victim.refuses(damage.applyTo(victim.saved()));
                assertThat(refusal.fault()).as(damage.label() + ": " + refusal).contains(damage.fault());
                assertThat(refusal).hasMessageContaining("expected ").hasMessageContaining("found ");
                if (damage == StateDamage.FINGERPRINT) {
                    assertThat(refusal).hasMessageContaining("sidecar identity mismatch");
                }
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> truncationAtEveryByteIsALength() {
        return everywhere(victim -> {
            byte[] whole = victim.saved();
            for (int size = 0; size < whole.length; size++) {
                assertThat(victim.refuses(Arrays.copyOf(whole, size)).fault()).as("%d bytes", size)
                        .contains(StateFault.STATE_LENGTH);
            }
            for (int more : new int[]{1, 4, 32, whole.length}) {
                assertThat(victim.refuses(Arrays.copyOf(whole, whole.length + more)).fault())
                        .contains(StateFault.STATE_LENGTH);
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> everyBitOfTheHeaderCounts() {
        return everywhere(victim -> {
            for (int bit = 0; bit < HEADER * Byte.SIZE; bit++) {
                assertThat(victim.refuses(flipped(victim.saved(), bit)).fault()).as("bit %d", bit)
                        .contains(faultOfHeaderByte(bit / Byte.SIZE));
            }
        });
    }

    private static StateFault faultOfHeaderByte(int at) {
        if (at >= 60) {
            return StateFault.STATE_LENGTH;
        }
        if (at >= 28) {
            return StateFault.STATE_FINGERPRINT;
        }
        return new StateFault[]{StateFault.STATE_MAGIC, StateFault.STATE_VERSION, StateFault.STATE_LAYERS,
                StateFault.STATE_NUM_STATES, StateFault.STATE_HEADS, StateFault.STATE_RANK,
                StateFault.STATE_CHUNK_SIZE}[at / Integer.BYTES];
    }

    private static byte[] flipped(byte[] bytes, int bit) {
        bytes[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
        return bytes;
    }

    @TestFactory
    Stream<DynamicTest> anyFlippedBitBehindTheHeaderBreaksTheChecksum() {
        return everywhere(victim -> {
            Random random = new Random(FLIP_SEED);
            int bits = victim.saved().length * Byte.SIZE;
            for (int i = 0; i < RANDOM_FLIPS; i++) {
                int bit = random.nextInt(HEADER * Byte.SIZE, bits);
                assertThat(victim.refuses(flipped(victim.saved(), bit)).fault())
                        .as("bit %d, seed %d", bit, FLIP_SEED).contains(StateFault.STATE_CHECKSUM);
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> valuesAreCheckedOneByOne() {
        return everywhere(victim -> {
            for (float value : new float[]{Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY,
                    Float.intBitsToFloat(0xffc0_0001)}) {
                int entry = (victim.saved().length - HEADER - 32) / 3;
                for (int layer = 0; layer < 3; layer++) {
                    for (int at = HEADER + layer * entry + 12; at < HEADER + (layer + 1) * entry; at += Float.BYTES) {
                        byte[] payload = victim.saved();
                        ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN).putFloat(at, value);
                        Hashes.seal(payload);
                        assertThat(victim.refuses(payload).fault()).as("%s at byte %d", value, at)
                                .contains(StateFault.STATE_VALUE);
                    }
                }
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> layersThatAreSwappedOrRepeatedOrOutOfStepAreRefused() {
        return everywhere(victim -> {
            byte[] saved = victim.saved();
            int entry = (saved.length - HEADER - 32) / 3;
            byte[] swapped = victim.saved();
            System.arraycopy(saved, HEADER, swapped, HEADER + entry, entry);
            System.arraycopy(saved, HEADER + entry, swapped, HEADER, entry);
            Hashes.seal(swapped);
            assertThat(victim.refuses(swapped).fault()).contains(StateFault.STATE_LAYER);
            byte[] repeated = victim.saved();
            System.arraycopy(saved, HEADER, repeated, HEADER + entry, entry);
            Hashes.seal(repeated);
            assertThat(victim.refuses(repeated).fault()).contains(StateFault.STATE_LAYER);
            byte[] apart = victim.saved();
            apart[HEADER + 2 * entry + Integer.BYTES]++;
            Hashes.seal(apart);
            assertThat(victim.refuses(apart).fault()).contains(StateFault.STATE_STEP);
            byte[] twice = Arrays.copyOf(saved, 2 * saved.length);
            System.arraycopy(saved, 0, twice, saved.length, saved.length);
            assertThat(victim.refuses(twice).fault()).contains(StateFault.STATE_LENGTH);
        });
    }

    /** Same sizes, other weights or another base: the payload is sound and belongs elsewhere. */
    @TestFactory
    Stream<DynamicTest> payloadOfAnotherSidecarIsRefused() {
        return everywhere(victim -> {
            for (MemoryRuntime runtime : Runtimes.all()) {
                try (SmallMemory weights = SmallMemory.on(runtime, SmallMemory.SIZES, SmallMemory.SEED + 1);
                        SmallMemory base = SmallMemory.on(runtime, SmallMemory.SIZES.withBase("b", "cd".repeat(32)),
                                SmallMemory.SEED);
                        MemorySession ofWeights = weights.after(3, 2);
                        MemorySession ofBase = base.after(3, 2)) {
                    for (MemorySession other : new MemorySession[]{ofWeights, ofBase}) {
                        RuntimeFailure refusal = victim.refuses(other.saveState());
                        assertThat(refusal.fault()).contains(StateFault.STATE_FINGERPRINT);
                        assertThat(refusal).hasMessageContaining("sidecar identity mismatch");
                    }
                }
            }
        });
    }

    /** An older payload of the same sidecar is no damage: whoever asks for it gets all of it, and nothing of the newer. */
    @TestFactory
    Stream<DynamicTest> stalePayloadIsTakenWhole() {
        return everywhere(victim -> {
            try (MemorySession stale = victim.memory.after(3, 2); MemorySession newer = victim.memory.after(3, 2, 5)) {
                newer.loadState(victim.saved());
                assertThat(SmallMemory.sameBits(victim.memory.states(newer), victim.memory.states(stale))).isTrue();
            }
        });
    }
}
