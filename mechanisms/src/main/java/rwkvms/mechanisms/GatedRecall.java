package rwkvms.mechanisms;

import java.util.ArrayList;
import java.util.List;

/**
 * The recall of {@link GatedSlots} in four steps from the simplified experiment to the module as it ships, for semantics 1 and
 * 2 (prefix {@code ms1_} and {@code ms2_}):
 *
 * <ul>
 * <li>{@code own}: a slot for each block, read from the needle's: the gates alone differ from RWKV-7's
 * <li>{@code routed}: the same slots, read through the routing
 * <li>{@code four}: four slots, block i in slot i mod 4, read from the needle's
 * <li>{@code four_routed}: four slots, read through the routing
 * <li>{@code four_route}: no recall, but the mean route to the needle's slot of the four; 0.25 says that the routing is blind
 * </ul>
 */
final class GatedRecall {
    /** {@code rwkv_ms_num_states} of the published checkpoint. */
    static final int SLOTS = 4;
    static final List<Integer> SEMANTICS = List.of(1, 2);

    private final RecallSequence sequence;
    private final Blocks blocks;
    private final double gate;

    /** One measure's name and its value. */
    record Named(String measure, double value) {
    }

    GatedRecall(RecallSequence sequence, Blocks blocks, double gate) {
        this.sequence = sequence;
        this.blocks = blocks;
        this.gate = gate;
    }

    List<Named> all() {
        List<Named> all = new ArrayList<>();
        for (int semantics : SEMANTICS) {
            String prefix = "ms" + semantics + "_";
            all.addAll(of(blocks.count(), semantics, prefix + "own", prefix + "routed"));
            all.addAll(of(SLOTS, semantics, prefix + "four", prefix + "four_routed"));
            all.add(new Named(prefix + "four_route", meanRoute(written(SLOTS, semantics))));
        }
        return all;
    }

    /** Of a slot for each block, read from the needle's. */
    List<Named> own() {
        return SEMANTICS.stream().map(semantics -> of(blocks.count(), semantics, "ms" + semantics + "_own", "")
                .getFirst()).toList();
    }

    private GatedSlots written(int count, int semantics) {
        GatedSlots slots = new GatedSlots(count, semantics, gate);
        slots.write(sequence, blocks);
        return slots;
    }

    private List<Named> of(int count, int semantics, String own, String routed) {
        GatedSlots slots = written(count, semantics);
        double ownSum = 0;
        double routedSum = 0;
        for (int needle : sequence.needles()) {
            double[] key = sequence.key(needle);
            double[] value = sequence.value(needle);
            ownSum += Recall.cosine(slots.readOwn(key, blocks.blockOf(needle) % count), value);
            routedSum += Recall.cosine(slots.readRouted(key).value(), value);
        }
        int needles = sequence.needles().size();
        return List.of(new Named(own, ownSum / needles), new Named(routed, routedSum / needles));
    }

    private double meanRoute(GatedSlots slots) {
        return sequence.needles().stream().mapToDouble(needle -> slots.readRouted(sequence.key(needle))
                .route(blocks.blockOf(needle) % SLOTS)).average().orElseThrow();
    }
}
