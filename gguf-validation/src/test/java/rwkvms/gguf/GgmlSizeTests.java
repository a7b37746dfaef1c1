package rwkvms.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Sizes as ggml computes them, at the edges of its 64 bits; all were seen in the pinned build. */
class GgmlSizeTests {
    private static final long MAX = Long.MAX_VALUE;
    private static final long HALF = 1L << 32;

    @Test
    void sizesThatFitAreThoseOfEverybodyElse() {
        takes(4, GgmlType.F32);
        takes(12, GgmlType.BF16, 2, 3);
        takes(480, GgmlType.F32, 2, 3, 4, 5);
        takes(204, GgmlType.Q8_0, 64, 3);
        takes(816, GgmlType.Q8_0, 64, 3, 2, 2);
        takes(0, GgmlType.F32, 0);
        takes(0, GgmlType.F32, 3, 5, 0, 7);
        takes(0, GgmlType.Q8_0, 32, 0);
        for (GgmlType type : GgmlType.values()) {
            GgufTensorInfo info = info(type.id(), 2L * type.blockElements(), 3, 5);
            takes(info.byteSize().orElseThrow(), type, 2L * type.blockElements(), 3, 5);
        }
    }

    @Test
    void refusesNegativeDimensionsBrokenRowsAndUnknownTypes() {
        for (int axis = 0; axis < 4; axis++) {
            long[] ne = {1, 1, 1, 1};
            ne[axis] = -1;
            refuses(GgmlType.F32, ne);
        }
        refuses(GgmlType.Q8_0, 33);
        refuses(GgmlType.Q8_0);
        assertThat(GgmlSize.of(info(4, 1)).refused()).isTrue();
        assertThat(GgmlSize.of(info(43, 1)).refused()).isTrue();
    }

    @Test
    void refusesCountsFromTheOneThatMightOverflow() {
        takes(MAX - 1, GgmlType.I8, MAX - 1);
        refuses(GgmlType.I8, MAX);
        takes((1L << 62) - 1, GgmlType.I8, 1, (1L << 62) - 1);
        refuses(GgmlType.I8, 1, 1L << 62);
        takes((1L << 62) - 1, GgmlType.I8, 1, 1, (1L << 62) - 1);
        refuses(GgmlType.I8, 1, 1, 1L << 62);
        takes((1L << 62) - 1, GgmlType.I8, 1, 1, 1, (1L << 62) - 1);
        refuses(GgmlType.I8, 1, 1, 1, 1L << 62);
        takes(15 * (MAX / 16), GgmlType.I8, 3, 5, MAX / 16);
        refuses(GgmlType.I8, 3, 5, MAX / 15);
        takes(30 * (MAX / 31), GgmlType.I8, 2, 3, 5, MAX / 31);
        refuses(GgmlType.I8, 2, 3, 5, MAX / 30);
    }

    @Test
    void refusesBytesBeyond64Bits() {
        takes(-4, GgmlType.F32, (1L << 31) - 1, (1L << 31) + 1);
        refuses(GgmlType.F32, 1L << 31, 1L << 31);
    }

    @Test
    void takesCountsThatWrapToNothingOrBelow() {
        takes(0, GgmlType.F32, HALF, HALF);
        takes(Long.MIN_VALUE, GgmlType.I8, HALF, 1L << 31);
        takes(0, GgmlType.I8, 1L << 16, 1L << 16, 1L << 16, 1L << 16);
    }

    @Test
    void addsUpIn64Bits() {
        assertThat(GgmlSize.next(0, 5, 32)).hasValue(32);
        assertThat(GgmlSize.next(32, 32, 32)).hasValue(64);
        assertThat(GgmlSize.next(0, 0, 32)).hasValue(0);
        assertThat(GgmlSize.next(-64, 1, 32)).hasValue(-32);
        assertThat(GgmlSize.next(-33, 32, 32)).hasValue(-1);
        assertThat(GgmlSize.next(-32, 1, 32)).isEqualTo(OptionalLong.empty());
    }

    @Test
    void sizesFit63Bits() {
        assertThat(info(GgmlType.F16.id(), (1L << 62) - 1).byteSize()).hasValue((1L << 63) - 2);
        assertThat(info(GgmlType.F16.id(), 1L << 62).byteSize()).isEmpty();
        assertThat(info(GgmlType.Q8_0.id(), 64, 2).byteSize()).hasValue(136);
        assertThat(info(GgmlType.I8.id(), 3, 0).byteSize()).hasValue(0);
    }

    private static void takes(long bytes, GgmlType type, long... ne) {
        assertThat(GgmlSize.of(info(type.id(), ne))).as("%s %s", type, Arrays.toString(ne))
                .isEqualTo(new GgmlSize(false, bytes));
    }

    private static void refuses(GgmlType type, long... ne) {
        assertThat(GgmlSize.of(info(type.id(), ne))).as("%s %s", type, Arrays.toString(ne))
                .isEqualTo(new GgmlSize(true, 0));
    }

    private static GgufTensorInfo info(long type, long... ne) {
        List<Long> dims = LongStream.of(ne).boxed().toList();
        return new GgufTensorInfo("t", dims, type, 0, 0, 0);
    }
}
