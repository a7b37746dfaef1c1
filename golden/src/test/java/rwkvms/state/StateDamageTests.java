package rwkvms.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.StateFault;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** What a damage changes in a file that holds a payload, and where it cannot be done. */
final class StateDamageTests {
    private static final StateIdentity IDENTITY = new StateIdentity(List.of(3), 1, 1, 1, 8, "0f".repeat(32));
    private static final int BEFORE = 40;
    private static final int BEHIND = 12;

    private static byte[] payload() {
        return StateWriter.write(IDENTITY, layer -> new LayerState(Tensor.ofFloats(Shape.of(1, 1, 1, 1), 0.5f), 7,
                Tensor.ofFloats(Shape.of(1), 0.25f)));
    }

    /** The payload between other bytes; its length is damaged if it is to be foreign. */
    private static byte[] file(boolean foreign) {
        byte[] payload = payload();
        byte[] file = new byte[BEFORE + payload.length + BEHIND];
        System.arraycopy(payload, 0, file, BEFORE, payload.length);
        file[BEFORE + StateFormat.LENGTH_OFFSET] += (byte) (foreign ? 1 : 0);
        return file;
    }

    private static Optional<byte[]> damaged(StateDamage damage, byte[] file) {
        return damage.applyTo(file, StateView.find(MemorySegment.ofArray(file)).orElseThrow());
    }

    /** The places of the bytes that differ, from the magic on. */
    private static List<Integer> changed(byte[] file, byte[] damaged) {
        return Stream.iterate(0, i -> i + 1).limit(Math.min(file.length, damaged.length))
                .filter(i -> file[i] != damaged[i]).map(i -> i - BEFORE).toList();
    }

    @Test
    void theNamesAreThoseOfTheCommandLine() {
        assertThat(StateDamage.values()).extracting(StateDamage::label).containsExactly("magic", "version", "layers",
                "num-states", "num-state-heads", "rank", "chunk-size", "fingerprint", "length", "checksum", "layer",
                "position", "value", "truncate");
    }

    @Test
    void theHeaderAndTheEndOfAFileAreKnownOfForeignPayloads() {
        EnumSet<StateDamage> fits = EnumSet.range(StateDamage.MAGIC, StateDamage.FINGERPRINT);
        fits.add(StateDamage.TRUNCATE);
        for (StateDamage damage : StateDamage.values()) {
            assertThat(damage.fitsForeign()).as(damage.label()).isEqualTo(fits.contains(damage));
            assertThat(damaged(damage, file(true)).isPresent()).as(damage.label()).isEqualTo(fits.contains(damage));
            assertThat(damaged(damage, file(false))).as(damage.label()).isPresent();
        }
    }

    @ParameterizedTest
    @EnumSource(value = StateDamage.class, names = {"MAGIC", "VERSION", "LAYERS", "NUM_STATES", "NUM_STATE_HEADS",
            "RANK",
            "CHUNK_SIZE", "FINGERPRINT", "LENGTH"})
    void aFieldOfTheHeaderChangesInItsLowestBit(StateDamage damage) {
        byte[] file = file(false);
        byte[] damaged = damaged(damage, file).orElseThrow();
        int at = switch (damage) {
            case MAGIC -> 0;
            case VERSION -> 4;
            case LAYERS -> 8;
            case NUM_STATES -> 12;
            case NUM_STATE_HEADS -> 16;
            case RANK -> 20;
            case CHUNK_SIZE -> 24;
            case FINGERPRINT -> 28;
            default -> 60;
        };
        assertThat(changed(file, damaged)).containsExactly(at);
        assertThat(damaged[BEFORE + at] ^ file[BEFORE + at]).isEqualTo(1);
        assertThat(file).isEqualTo(file(false));
    }

    @Test
    void theChecksumChangesInItsLastByteAndTheFileLosesItsOwn() {
        byte[] file = file(false);
        byte[] damaged = damaged(StateDamage.CHECKSUM, file).orElseThrow();
        assertThat(changed(file, damaged)).containsExactly(payload().length - 1);
        assertThat(damaged[BEFORE + payload().length - 1] ^ file[BEFORE + payload().length - 1]).isEqualTo(1);
        assertThat(damaged(StateDamage.TRUNCATE, file).orElseThrow()).isEqualTo(Arrays.copyOf(file, file.length - 1));
    }

    @ParameterizedTest
    @EnumSource(value = StateDamage.class, names = {"LAYER", "POSITION", "VALUE"})
    void aValueChangesUnderAChecksumThatHolds(StateDamage damage) {
        byte[] damaged = damaged(damage, file(false)).orElseThrow();
        byte[] payload = Arrays.copyOfRange(damaged, BEFORE, BEFORE + payload().length);
        assertThat(Hashes.isSealed(payload)).isTrue();
        ByteBuffer bytes = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(bytes.getInt(68)).isEqualTo(damage == StateDamage.LAYER ? 2 : 3);
        assertThat(bytes.getLong(72)).isEqualTo(damage == StateDamage.POSITION ? -1 : 7);
        assertThat(bytes.getFloat(80)).isEqualTo(0.25f);
        assertThat(bytes.getFloat(84)).isEqualTo(Float.valueOf(damage == StateDamage.VALUE ? Float.NaN : 0.5f));
        assertThat(Arrays.copyOf(damaged, BEFORE)).containsOnly(0);
        assertThat(Arrays.copyOfRange(damaged, damaged.length - BEHIND, damaged.length)).containsOnly(0);
    }

    /** A session is sealed as a whole, and again behind what is sealed again in it. */
    @Test
    void aSessionIsSealedAgainIfItsPayloadIs() {
        byte[] session = session(BEFORE + payload().length + StateFormat.HASH_SIZE);
        System.arraycopy(payload(), 0, session, BEFORE, payload().length);
        Hashes.seal(session);
        assertThat(Hashes.isSealed(damaged(StateDamage.VALUE, session).orElseThrow())).isTrue();
        assertThat(Hashes.isSealed(damaged(StateDamage.CHECKSUM, session).orElseThrow())).isFalse();
    }

    @Test
    void aSessionIsKnownByItsMagicAndItsSize() {
        byte[] smallest = session(BEFORE + StateFormat.HASH_SIZE);
        assertThat(SessionFormat.matches(smallest)).isTrue();
        assertThat(SessionFormat.matches(session(BEFORE + StateFormat.HASH_SIZE - 1))).isFalse();
        assertThat(SessionFormat.matches(Arrays.copyOf(smallest, smallest.length + 1))).isFalse();
        smallest[3] ^= 1;
        assertThat(SessionFormat.matches(smallest)).isFalse();
    }

    private static byte[] session(int size) {
        byte[] session = new byte[size];
        System.arraycopy("RMSC".getBytes(StandardCharsets.US_ASCII), 0, session, 0, 4);
        ByteBuffer.wrap(session).order(ByteOrder.LITTLE_ENDIAN).putInt(4, 1).putLong(8, size);
        return session;
    }

    @Test
    void aRefusalHasItsCode() {
        for (StateFault fault : StateFault.values()) {
            assertThat(StateFault.ofCode(fault.code())).contains(fault);
        }
        assertThat(StateFault.STATE_MAGIC.code()).isEqualTo(140);
        assertThat(StateFault.ofCode(0)).isEmpty();
    }
}
