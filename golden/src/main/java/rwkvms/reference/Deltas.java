package rwkvms.reference;

import java.util.EnumMap;
import java.util.Map;
import rwkvms.math.DeltaHead;
import rwkvms.math.MemoryConfig;
import rwkvms.sidecar.LayerWeights;

/** Deltas (math.md §6): {@code delta_h = (alpha / r) · (delta_h_proj · reads)} for each active head, [T, h_out]. */
final class Deltas {
    private final double scale;
    private final Map<DeltaHead, Linear> projections = new EnumMap<>(DeltaHead.class);

    Deltas(MemoryConfig config, LayerWeights weights) {
        this.scale = config.deltaScale();
        for (DeltaHead head : config.deltaHeads()) {
            projections.put(head, Linear.of(weights.delta(head)));
        }
    }

    Map<DeltaHead, Block> apply(Block reads) {
        Map<DeltaHead, Block> deltas = new EnumMap<>(DeltaHead.class);
        projections.forEach((head, projection) -> {
            Block delta = new Block(reads.tokens(), projection.outputs());
            for (int t = 0; t < reads.tokens(); t++) {
                double[] y = projection.apply(reads.row(t));
                for (int i = 0; i < y.length; i++) {
                    y[i] *= scale;
                }
                delta.setRow(t, y, 0);
            }
            deltas.put(head, delta);
        });
        return deltas;
    }
}
