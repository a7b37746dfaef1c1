package rwkvms.mechanisms;

import java.util.ArrayList;
import java.util.List;

/**
 * The recall of {@link GatedSlots} in four steps from the simplified experiment to the module as it ships, for semantics
 * 1 and 2 (prefix {@code ms1_} and {@code ms2_}):
 *
 * <ul>
 * <li>{@code own}: one slot per block, read from the needle's slot: only the gates differ from RWKV-7
 * <li>{@code routed}: the same slots, read through the routing
 * <li>{@code four}: four slots, block i in slot i mod 4, read from the needle's slot
 * <li>{@code four_routed}: four slots, read through the routing
 * <li>{@code four_route}: not a recall, but the mean route to the needle's slot of the four; 0.25 means that the routing
 * is blind
 * </ul>
 */
final class GatedRecall {
    /** {@code rwkv_ms_num_states} of the published checkpoint. */
    static final int SLOTS = 4;
    static final List<Integer> SEMANTICS = List.of(1, 2);

    private final RecallSequence sequence;
    private final Blocks blocks;
    private final double gate;

    /** The name of a measure and its value. */
    record NamedValue(String measure, double value) {
    }

    GatedRecall(RecallSequence sequence, Blocks blocks, double gate) {
        this.sequence = sequence;
        this.blocks = blocks;
        this.gate = gate;
    }

    List<NamedValue> all() {
        List<NamedValue> all = new ArrayList<>();
        for (int semantics : SEMANTICS) {
            String prefix = "ms" + semantics + "_";
            Read each = read(blocks.count(), semantics);
            Read four = read(SLOTS, semantics);
            all.addAll(List.of(new NamedValue(prefix + "own", each.own), new NamedValue(prefix + "routed", each.routed),
                    new NamedValue(prefix + "four", four.own), new NamedValue(prefix + "four_routed", four.routed),
                    new NamedValue(prefix + "four_route", four.route)));
        }
        return all;
    }

    /** The recall with one slot per block, read from the needle's slot. */
    List<NamedValue> own() {
        return SEMANTICS.stream()
                .map(semantics -> new NamedValue("ms" + semantics + "_own", read(blocks.count(), semantics).own))
                .toList();
    }

    /** Means over the needles: recall from their own slot and through the routing, and the route to their own slot. */
    private record Read(double own, double routed, double route) {
    }

    private Read read(int count, int semantics) {
        GatedSlots slots = new GatedSlots(count, semantics, gate);
        slots.write(sequence, blocks);
        double own = 0;
        double routed = 0;
        double route = 0;
        for (int needle : sequence.needles()) {
            double[] key = sequence.key(needle);
            double[] value = sequence.value(needle);
            int slot = blocks.blockOf(needle) % count;
            GatedSlots.Read read = slots.readRouted(key);
            own += Recall.cosine(slots.readOwn(key, slot), value);
            routed += Recall.cosine(read.value(), value);
            route += read.route(slot);
        }
        int needles = sequence.needles().size();
        return new Read(own / needles, routed / needles, route / needles);
    }
}
