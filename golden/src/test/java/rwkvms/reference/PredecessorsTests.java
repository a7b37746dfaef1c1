package rwkvms.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import rwkvms.runtime.TokenMask;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** Both predecessor rules of math.md §2, with one value per row. */
final class PredecessorsTests {
    private static final Block SOURCE = Block.of(Tensor.ofFloats(Shape.of(4, 1), 10, 20, 30, 40));
    private static final double[] PREVIOUS = {7};

    private static TokenMask mask(boolean... valid) {
        return TokenMask.of(Optional.of(Tensor.ofBooleans(Shape.of(valid.length), valid)));
    }

    private static double[] values(Block block) {
        return IntStream.range(0, block.tokens()).mapToDouble(t -> block.at(t, 0)).toArray();
    }

    private static double[] streaming(boolean... valid) {
        return values(Predecessors.streaming(SOURCE, mask(valid), PREVIOUS));
    }

    @Test
    void legacyTakesTheRowBeforeAndZeroForTheFirst() {
        assertThat(values(Predecessors.legacy(SOURCE))).containsExactly(0, 10, 20, 30);
    }

    @Test
    void streamingTakesTheLastValidRow() {
        assertThat(streaming(true, true, true, true)).containsExactly(7, 10, 20, 30);
        assertThat(streaming(true, false, true, true)).containsExactly(7, 10, 10, 30);
        assertThat(streaming(false, false, true, true)).containsExactly(7, 7, 7, 30);
        assertThat(streaming(false, false, false, false)).containsExactly(7, 7, 7, 7);
        assertThat(values(Predecessors.streaming(SOURCE, TokenMask.of(Optional.empty()), PREVIOUS)))
                .containsExactly(7, 10, 20, 30);
    }

    @Test
    void lastIsTheLastValidRowOrWhatWasBefore() {
        assertThat(Predecessors.last(SOURCE, mask(true, true, true, true), PREVIOUS)).containsExactly(40);
        assertThat(Predecessors.last(SOURCE, mask(true, true, false, false), PREVIOUS)).containsExactly(20);
        assertThat(Predecessors.last(SOURCE, mask(false, false, false, false), PREVIOUS)).containsExactly(7);
    }
}
