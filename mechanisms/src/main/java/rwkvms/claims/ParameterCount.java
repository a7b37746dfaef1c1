package rwkvms.claims;

import java.util.EnumSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import rwkvms.sidecar.AttentionWidths;
import rwkvms.sidecar.MemoryTensor;
import rwkvms.sidecar.synthesis.SyntheticSidecar;

/**
 * Values of a memory's tensors on the first layers of Gemma4 E4B: hidden size 2560, one state head, rankwise and coupled
 * gates, every sixth layer with full attention (semantics.md, "The hook").
 *
 * @param saved     of all 31 tensors of each layer
 * @param trainable without delta_k and delta_v, whose heads are not active
 * @param effective without mem_q, mem_k and ln_x.bias either, on which no output depends (math.md §1 and §5)
 */
record ParameterCount(long saved, long trainable, long effective) {
    private static final int FULL_EVERY = 6;
    private static final Set<MemoryTensor> INACTIVE = EnumSet.of(MemoryTensor.DELTA_K, MemoryTensor.DELTA_V);
    private static final Set<MemoryTensor> WITHOUT_EFFECT = EnumSet.of(MemoryTensor.MEM_Q, MemoryTensor.MEM_K,
            MemoryTensor.LN_X_BIAS);

    static ParameterCount of(int layers, int rank) {
        SortedMap<Integer, AttentionWidths> widths = new TreeMap<>();
        for (int layer = 0; layer < layers; layer++) {
            widths.put(layer, layer % FULL_EVERY == FULL_EVERY - 1 ? AttentionWidths.FULL : AttentionWidths.SLIDING);
        }
        SyntheticSidecar sizes = SyntheticSidecar.PUBLISHED.with(config -> config.withRank(rank)).withLayers(widths);
        return new ParameterCount(sizes.values(tensor -> true), sizes.values(tensor -> !INACTIVE.contains(tensor)),
                sizes.values(tensor -> !INACTIVE.contains(tensor) && !WITHOUT_EFFECT.contains(tensor)));
    }
}
