package rwkvms.conditioning;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import rwkvms.math.DeltaHead;
import rwkvms.math.MemoryConfig;
import rwkvms.sidecar.LayerWeights;

/** Deltas (math.md §6) of one token: {@code (alpha / r) · (delta_h_proj · reads)}. */
class DeltaMath {
    private final double scale;
    private final Map<DeltaHead, WeightMap> projections = new EnumMap<>(DeltaHead.class);

    DeltaMath(MemoryConfig config, LayerWeights weights) {
        this.scale = config.deltaScale();
        config.deltaHeads().forEach(head -> projections.put(head, WeightMap.of(weights.delta(head))));
    }

    Iterable<DeltaHead> heads() {
        return projections.keySet();
    }

    int width(DeltaHead head) {
        return projection(head).outputs();
    }

    double delta(DeltaHead head, int output, double[] reads, Rounding rounding) {
        return rounding.times(scale, projection(head).times(output, reads, rounding));
    }

    private WeightMap projection(DeltaHead head) {
        return Objects.requireNonNull(projections.get(head));
    }
}
