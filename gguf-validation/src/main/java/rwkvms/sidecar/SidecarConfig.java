package rwkvms.sidecar;

import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The settings of a sidecar that the math needs (sidecar.md, math.md): from its keys, from {@code config_json} where
 * there is no key, and from sidecar.md's defaults where neither states one.
 *
 * @param hiddenSize H
 * @param rank r
 * @param alpha of the delta scale alpha / r
 * @param numStateHeads N; the 0 of a configuration that lacks it stands for the default, 1
 * @param numStates K
 * @param chunkSize tokens a slot is written for before the next one
 * @param boundaryMode {@code fixed_chunk}; nothing else is defined
 * @param semanticsVersion 1 or 2 (semantics.md)
 * @param eraseGate e of the scan (math.md §4)
 * @param readTopK slots that keep their score; 0 for all
 * @param trainableDeltaScale always false in a sidecar that opened: nothing computes the other (math.md §6)
 * @param targetLayers wrapped layers, ascending
 * @param deltaHeads active heads, in the order q, k, v, o
 */
public record SidecarConfig(int hiddenSize, int rank, double alpha, int numStateHeads, int numStates, int chunkSize,
        String boundaryMode, int semanticsVersion, boolean normalizeQk, boolean coupleLambda, boolean rankwiseGates,
        UpdateMode updateMode, double eraseGate, int readTopK, boolean trainableDeltaScale,
        List<Integer> targetLayers, Set<DeltaHead> deltaHeads) {
    /** The only boundary mode there is. */
    public static final String FIXED_CHUNK = "fixed_chunk";

    public SidecarConfig {
        targetLayers = List.copyOf(targetLayers);
        deltaHeads = deltaHeads.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(deltaHeads));
    }

    /** D: the width of the memory, N · r. */
    public int stateReadDim() {
        return numStateHeads * rank;
    }

    /** G: rows of the beta weight, D with rankwise gates and N without. */
    public int gateRows() {
        return rankwiseGates ? stateReadDim() : numStateHeads;
    }

    /** Scale of every delta. */
    public double deltaScale() {
        return alpha / rank;
    }

    public CoreWidths coreWidths() {
        return CoreWidths.of(stateReadDim());
    }
}
