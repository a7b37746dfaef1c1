package rwkvms.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import rwkvms.file.Sha256;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.RuntimeFailure;
import rwkvms.runtime.StateFault;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** The payload byte by byte as docs/state-format.md has it, and every refusal word for word. */
final class StatePayloadTests {
    private static final String FINGERPRINT = "00112233445566778899aabbccddeeff".repeat(2);
    private static final StateIdentity IDENTITY = new StateIdentity(List.of(2, 7), 3, 1, 2, 1024, FINGERPRINT);
    /** Index and position, source of D = 2 floats, state of 3·2·2 floats. */
    private static final int ENTRY = 12 + 4 * 2 + 4 * 12;
    private static final int SIZE = 68 + 2 * ENTRY + 32;

    private static SortedMap<Integer, LayerState> states(long position) {
        SortedMap<Integer, LayerState> states = new TreeMap<>();
        for (int layer : IDENTITY.layers()) {
            float[] values = new float[12];
            for (int i = 0; i < values.length; i++) {
                values[i] = layer + i / 16f;
            }
            states.put(layer, new LayerState(Tensor.ofFloats(Shape.of(1, 3, 2, 2), values), position,
                    Tensor.ofFloats(Shape.of(2), -layer, -0f)));
        }
        return states;
    }

    private static byte[] payload(long position) {
        return StateWriter.write(IDENTITY, states(position)::get);
    }

    @Test
    void bytesStandWhereTheTableSays() {
        byte[] payload = payload(5);
        ByteBuffer bytes = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(payload).hasSize(SIZE);
        assertThat(Arrays.copyOf(payload, 8)).containsExactly('R', 'M', 'V', 'S', 2, 0, 0, 0);
        assertThat(List.of(bytes.getInt(8), bytes.getInt(12), bytes.getInt(16), bytes.getInt(20), bytes.getInt(24)))
                .containsExactly(2, 3, 1, 2, 1024);
        assertThat(payload[28]).isZero();
        assertThat(payload[59]).isEqualTo((byte) 0xff);
        assertThat(bytes.getLong(60)).isEqualTo(2 * ENTRY);
        assertThat(bytes.getInt(68)).isEqualTo(2);
        assertThat(bytes.getLong(72)).isEqualTo(5);
        assertThat(bytes.getFloat(80)).isEqualTo(-2);
        assertThat(bytes.getInt(84)).isEqualTo(0x8000_0000);
        assertThat(bytes.getFloat(88 + 4)).isEqualTo(2.0625f);
        assertThat(bytes.getInt(68 + ENTRY)).isEqualTo(7);
        String sealed = Sha256.of(MemorySegment.ofArray(payload).asSlice(0, SIZE - 32));
        assertThat(HexFormat.of().formatHex(payload, SIZE - 32, SIZE)).isEqualTo(sealed);
    }

    @Test
    void readsWhatItWrote() {
        SortedMap<Integer, LayerState> read = StateReader.read(IDENTITY, payload(Long.MAX_VALUE));
        assertThat(read.keySet()).containsExactly(2, 7);
        read.forEach((layer, state) -> assertThat(state.sameBits(states(Long.MAX_VALUE).get(layer))).isTrue());
    }

    private static RuntimeFailure refused(byte[] payload) {
        return catchThrowableOfType(RuntimeFailure.class, () -> StateReader.read(IDENTITY, payload));
    }

    @ParameterizedTest
    @EnumSource(StateDamage.class)
    void everyDamageIsRefusedWithItsOwnCode(StateDamage damage) {
        RuntimeFailure refusal = refused(damage.applyTo(payload(5)));
        assertThat(refusal.fault()).contains(damage.fault());
        assertThat(refusal).hasMessage("state payload: " + switch (damage) {
            case MAGIC -> "magic: expected 524d5653, found 534d5653";
            case VERSION -> "version: expected 2, found 3";
            case LAYERS -> "number of target layers: expected 2, found 3";
            case NUM_STATES -> "num_states: expected 3, found 2";
            case NUM_STATE_HEADS -> "num_state_heads: expected 1, found 0";
            case RANK -> "rank: expected 2, found 3";
            case CHUNK_SIZE -> "chunk_size: expected 1024, found 1025";
            case FINGERPRINT -> "sidecar identity mismatch: fingerprint: expected " + FINGERPRINT + ", found 01"
                    + FINGERPRINT.substring(2);
            case LENGTH -> "length of the body: expected 136, found 137";
            case CHECKSUM -> checksumMessage(payload(5));
            case LAYER -> "layer index: expected 2, found 3";
            case POSITION -> "position of layer 2: expected 0 or more, found -1";
            case VALUE -> "state of layer 7[11]: expected a finite value, found NaN";
            case TRUNCATE -> "payload: expected 236 bytes, found 235";
        });
    }

    private static String checksumMessage(byte[] payload) {
        String expected = Sha256.of(MemorySegment.ofArray(payload).asSlice(0, SIZE - 32));
        String last = Integer.toHexString(Integer.parseInt(expected.substring(62), 16) ^ 1 | 0x100).substring(1);
        return "checksum at byte 204: expected " + expected + ", found " + expected.substring(0, 62) + last;
    }

    @Test
    void payloadThatEndsWithinAFieldSaysWhere() {
        assertThat(refused(Arrays.copyOf(payload(5), 30)))
                .hasMessage("state payload: fingerprint at byte 28: expected 236 bytes in all, found 30");
        assertThat(refused(new byte[0]))
                .hasMessage("state payload: magic at byte 0: expected 236 bytes in all, found 0");
        byte[] other = "GGUF, and then it ends".getBytes(StandardCharsets.US_ASCII);
        assertThat(refused(other).fault()).contains(StateFault.STATE_MAGIC);
    }

    @Test
    void layersOutOfStepAreNeitherSavedNorLoaded() {
        SortedMap<Integer, LayerState> states = states(5);
        states.put(7, states(6).get(7));
        RuntimeFailure refusal = catchThrowableOfType(RuntimeFailure.class,
                () -> StateWriter.write(IDENTITY, states::get));
        String problem = "layers out of step: position of layer 7: expected 5 as of layer 2, found 6";
        assertThat(refusal).hasMessage(problem);
        assertThat(refusal.fault()).contains(StateFault.STATE_STEP);

        byte[] payload = payload(5);
        payload[68 + ENTRY + 4] = 6;
        Hashes.seal(payload);
        assertThat(refused(payload)).hasMessage(problem);
    }

    @Test
    void foundInAFileOfOthers() {
        byte[] payload = payload(5);
        byte[] file = new byte[1000 + payload.length + 10];
        file[990] = 'R';
        System.arraycopy(payload, 0, file, 1000, payload.length);
        StateView view = StateView.find(MemorySegment.ofArray(file)).orElseThrow();
        assertThat(view.offset()).isEqualTo(1000);
        assertThat(view.numbers()).containsExactly(2L, 3L, 1L, 2L, 1024L);
        assertThat(view.fingerprint()).isEqualTo(FINGERPRINT);
        StateView.Content own = view.own().orElseThrow();
        assertThat(own.sound()).isTrue();
        assertThat(own.layers()).containsExactly(new StateView.Layer(2, 5, 2.6875, 2),
                new StateView.Layer(7, 5, 7.6875, 7));
        file[1000 + 100] ^= 1;
        assertThat(StateView.find(MemorySegment.ofArray(file)).orElseThrow().own().orElseThrow().sound()).isFalse();
        file[1000 + 60] ^= 1;
        assertThat(StateView.find(MemorySegment.ofArray(file)).orElseThrow().own()).isEmpty();
        assertThat(StateView.find(MemorySegment.ofArray(new byte[2000]))).isEmpty();
    }
}
