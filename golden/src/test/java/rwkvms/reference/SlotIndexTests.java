package rwkvms.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import rwkvms.math.DeltaHead;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.math.UpdateMode;
import rwkvms.runtime.ScanInput;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** {@code ⌊p / chunk⌋ mod K} and the counting of positions (math.md §4, steps 5 and 7). */
final class SlotIndexTests {
    private static final int TOKENS = 6;

    private static TensorSet scan(int states, long chunkSize, long position, boolean... valid) {
        MemoryConfig config = new MemoryConfig(1, 1, 1, states, chunkSize, 1, 1, 0, 1, UpdateMode.STANDARD,
                EnumSet.noneOf(DeltaHead.class), true, true, true);
        Tensor ones = Tensor.ofFloats(Shape.of(valid.length, 1), floats(valid.length));
        ScanInput input = new ScanInput(ones, ones, ones, ones, ones, ones, ones, ones,
                Tensor.ofFloats(Shape.of(1, states, 1, 1), new float[states]),
                Optional.of(Tensor.ofBooleans(Shape.of(valid.length), valid)), position);
        return ReferenceRuntime.scanWithStepTrace(config, input);
    }

    private static float[] floats(int count) {
        float[] ones = new float[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    @Test
    void crossesChunksAndWrapsAround() {
        assertThat(scan(3, 2, 3, true, true, true, true, true, true).get(MathTensor.SLOT_INDICES).toLongs())
                .containsExactly(1, 2, 2, 0, 0, 1);
    }

    @Test
    void maskedTokenRecordsTheSlotItDoesNotWrite() {
        TensorSet out = scan(2, 2, 1, false, true, false, false, true, true);
        assertThat(out.get(MathTensor.SLOT_INDICES).toLongs()).containsExactly(0, 0, 1, 1, 1, 1);
        assertThat(out.get(MathTensor.POSITIONS_BEFORE).toLongs()).containsExactly(1, 1, 2, 2, 2, 3);
        assertThat(out.get(MathTensor.POSITIONS_AFTER).toLongs()).containsExactly(1, 2, 2, 2, 3, 4);
        assertThat(out.get(MathTensor.WRITE_ROUTES).toDoubles()).containsExactly(0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 1);
        assertThat(out.get(MathTensor.FINAL_POSITIONS).toLongs()).containsExactly(4);
    }

    @Property(tries = 300)
    void isExactForAnyPosition(@ForAll @IntRange(min = 1, max = 9) int states,
            @ForAll @LongRange(min = 1, max = Long.MAX_VALUE / 4) long chunkSize,
            @ForAll @LongRange(min = 0, max = Long.MAX_VALUE - TOKENS) long position) {
        TensorSet out = scan(states, chunkSize, position, true, true, true, true, true, true);
        long[] expected = LongStream.range(0, TOKENS)
                .map(t -> BigInteger.valueOf(position).add(BigInteger.valueOf(t)).divide(BigInteger.valueOf(chunkSize))
                        .mod(BigInteger.valueOf(states)).longValueExact())
                .toArray();
        assertThat(out.get(MathTensor.SLOT_INDICES).toLongs()).isEqualTo(expected);
        assertThat(out.get(MathTensor.FINAL_POSITIONS).toLongs()).containsExactly(position + TOKENS);
    }
}
