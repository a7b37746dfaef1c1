package rwkvms.mechanisms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.math.MathTensor;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** The driven RWKV-MS memory against the whole scan, and against the simplified update if both are the same. */
class GatedSlotsTests {
    private static final int WIDTH = RecallSequence.WIDTH;
    /** The scan keeps its state in float32; a recall is a cosine of such values. */
    private static final double FLOAT32 = 1e-6;

    private final Setting setting = Setting.published(Experiment.STATE_ONLY).getFirst();
    private final PolicyBlocks cut = PolicyBlocks.of(setting, 0);
    private final RecallSequence sequence = cut.sequence();

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void blockByBlockIsTheWholeScan(int semantics) {
        Blocks chunks = Part.chunks(sequence.tokens());
        GatedSlots slots = new GatedSlots(GatedRecall.SLOTS, semantics, 0.3);
        slots.write(sequence, chunks);
        float[][] keys = new float[sequence.tokens()][];
        float[][] values = new float[sequence.tokens()][];
        Arrays.setAll(keys, t -> GatedSlots.floats(sequence.key(t)));
        Arrays.setAll(values, t -> GatedSlots.floats(sequence.value(t)));
        Tensor empty = Tensor.ofFloats(Shape.of(1, GatedRecall.SLOTS, WIDTH, WIDTH),
                new float[GatedRecall.SLOTS * WIDTH * WIDTH]);
        try (ReferenceRuntime runtime = new ReferenceRuntime()) {
            float[] whole = runtime.scan(GatedSlots.config(GatedRecall.SLOTS, semantics, chunks.end(0)),
                    GatedSlots.input(keys, values, 0.3f, empty)).get(MathTensor.FINAL_STATE).toFloats();

            assertThat(slots.state()).isEqualTo(whole);
            assertThat(whole).contains(slots.state()[0]).isNotEqualTo(empty.toFloats());
        }
    }

    /** Semantics 2 keeps everything; with β = 1 and the slot read directly nothing differs from the simplified update. */
    @ParameterizedTest
    @ValueSource(strings = {"DLA", "FIXED", "NOISY_DLA", "LOW_K_DLA"})
    void withAnOpenGateSemanticsTwoIsTheSimplifiedUpdate(BoundaryPolicy policy) {
        Blocks blocks = cut.blocks(policy);

        assertThat(measure(new GatedRecall(sequence, blocks, 1), "ms2_own"))
                .isCloseTo(Recall.of(sequence, blocks, Rwkv7Memory::new), within(FLOAT32));
    }

    @Test
    void routesSumToOneAndOneSlotTakesAll() {
        GatedSlots slots = new GatedSlots(3, 1, 0.5);
        slots.write(sequence, new Blocks(sequence.tokens(), 0, 10, 20));
        double[] key = sequence.key(0);
        GatedSlots.Read read = slots.readRouted(key);

        assertThat(read.route(0) + read.route(1) + read.route(2)).isCloseTo(1, within(FLOAT32));
        GatedSlots one = new GatedSlots(1, 1, 0.5);
        one.write(sequence, Blocks.single(sequence.tokens()));
        assertThat(one.readRouted(key).value()).isEqualTo(one.readOwn(key, 0));
    }

    @Test
    void readingChangesNothing() {
        GatedSlots slots = new GatedSlots(2, 2, 0.5);
        slots.write(sequence, new Blocks(sequence.tokens(), 0, 30));
        float[] before = slots.state();
        slots.readRouted(sequence.key(3));
        slots.readOwn(sequence.key(3), 1);

        assertThat(slots.state()).isEqualTo(before);
    }

    @Test
    void theGatesOfSemanticsOneForget() {
        GatedRecall recall = new GatedRecall(sequence, cut.blocks(BoundaryPolicy.FIXED), 0.5);

        assertThat(measure(recall, "ms1_own")).isLessThan(measure(recall, "ms2_own") - 0.1);
        assertThat(recall.own())
                .isEqualTo(recall.all().stream().filter(one -> one.measure().endsWith("_own")).toList());
    }

    @Test
    void chunksJustFillFourSlots() {
        assertThat(Part.chunks(100)).isEqualTo(new Blocks(100, 0, 25, 50, 75));
        assertThat(Part.chunks(101)).isEqualTo(new Blocks(101, 0, 26, 52, 78));
    }

    private static double measure(GatedRecall recall, String measure) {
        return recall.all().stream().filter(one -> one.measure().equals(measure))
                .mapToDouble(GatedRecall.NamedValue::value)
                .findFirst().orElseThrow();
    }
}
