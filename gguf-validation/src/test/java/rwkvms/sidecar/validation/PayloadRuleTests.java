package rwkvms.sidecar.validation;

import static org.assertj.core.api.Assertions.assertThat;
import static rwkvms.sidecar.validation.ReportAssertions.finds;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.gguf.GgmlType;

/** NaN, infinity and dead tensors in the three types, to the byte. */
class PayloadRuleTests {
    private static final String W0 = "blk.0.rwkv.w0";
    private static final String DELTA_Q = "blk.0.delta_q";

    @ParameterizedTest
    @CsvSource({"BF16,2,7f80,0x7f80", "BF16,2,ff80,0xff80", "BF16,2,7fc1,0x7fc1",
            "F16,2,7c00,0x7c00", "F16,2,fc00,0xfc00", "F16,2,7e00,0x7e00",
            "F32,4,7f800000,0x7f800000", "F32,4,ff800000,0xff800000",
            "F32,4,7fc00001,0x7fc00001"})
    void namesTheFirstValueThatIsNotFinite(GgmlType type, int bytes, String bits, String shown) {
        long value = Long.parseLong(bits, 16);
        SidecarBytes bad = stored(W0, type, bytes, 0, 1, value, value);
        var file = bad.gguf();
        long at = file.dataStart() + file.tensors(W0).getFirst().dataOffset() + 2 * bytes;
        finds(bad, FindingCode.PAYLOAD_VALUE, "tensor \"blk.0.rwkv.w0\" at byte " + at
                + ": NaN or infinity in a payload: expected finite values, found " + shown + " at element 2");
    }

    @ParameterizedTest
    @CsvSource({"BF16,2,7f7f", "F16,2,7bff", "F32,4,7f7fffff", "BF16,2,7c00"})
    void takesTheLargestFiniteValue(GgmlType type, int bytes, String bits) {
        long value = Long.parseLong(bits, 16);
        assertThat(stored(W0, type, bytes, value, value, value, value).report().findings()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"BF16,2,8000", "F16,2,8000", "F32,4,80000000"})
    void zerosOfBothSignsAreDeadAndTheSmallestValueIsNot(GgmlType type, int bytes, String bits) {
        long minus = Long.parseLong(bits, 16);
        long[] values = new long[20];
        values[3] = minus;
        SidecarBytes dead = stored(DELTA_Q, type, bytes, values);
        var file = dead.gguf();
        finds(dead, FindingCode.DEAD_TENSOR, "tensor \"blk.0.delta_q\" at byte "
                + (file.dataStart() + file.tensors(DELTA_Q).getFirst().dataOffset())
                + ": all-zero tensor: expected some value other than zero, found none");
        assertThat(dead.report().isValid()).isTrue();
        values[19] = 1;
        assertThat(stored(DELTA_Q, type, bytes, values).report().findings()).isEmpty();
        assertThat(stored(W0, type, bytes, 0, 0, 0, 0).report().findings()).isEmpty();
    }

    /** The large exponents of a float32 stand in its upper half only. */
    @Test
    void theLowerHalfOfAFloat32IsNoExponent() {
        assertThat(stored(W0, GgmlType.F32, 4, 0x7f80, 0x7c00, 1, 2).report().findings()).isEmpty();
    }

    private static SidecarBytes stored(String name, GgmlType type, int bytes, long... values) {
        ByteBuffer data = ByteBuffer.allocate(bytes * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (long value : values) {
            if (bytes == Integer.BYTES) {
                data.putInt((int) value);
            } else {
                data.putShort((short) value);
            }
        }
        return SidecarBytes.valid().tensor(name, tensor -> {
            tensor.type = type.id();
            tensor.data = data.array();
        }).recount();
    }
}
