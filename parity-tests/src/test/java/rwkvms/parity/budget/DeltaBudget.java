package rwkvms.parity.budget;

import java.util.EnumMap;
import java.util.Map;
import rwkvms.math.DeltaHead;
import rwkvms.math.MemoryConfig;
import rwkvms.sidecar.LayerWeights;

/** Deltas (math.md §6): one sum over D products each, and a scale that is itself rounded. */
final class DeltaBudget {
    private final Float32 float32;
    private final Bound scale;
    private final Map<DeltaHead, Matrix> projections = new EnumMap<>(DeltaHead.class);

    DeltaBudget(Float32 float32, MemoryConfig config, LayerWeights weights) {
        this.float32 = float32;
        this.scale = Float32.rounded(config.deltaScale(), 0, 1);
        for (DeltaHead head : config.deltaHeads()) {
            projections.put(head, Matrix.of(weights.delta(head)));
        }
    }

    Map<DeltaHead, Bound[]> of(Bound[] reads) {
        Map<DeltaHead, Bound[]> deltas = new EnumMap<>(DeltaHead.class);
        projections.forEach((head, projection) -> deltas.put(head,
                ProjectionBudget.map(projection.times(reads, float32), each -> float32.times(each, scale))));
        return deltas;
    }
}
