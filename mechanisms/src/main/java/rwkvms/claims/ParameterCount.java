package rwkvms.claims;

import java.util.EnumSet;
import java.util.Set;
import java.util.stream.IntStream;

import rwkvms.sidecar.AttentionWidths;
import rwkvms.sidecar.CoreWidths;
import rwkvms.sidecar.Dim;
import rwkvms.sidecar.MemoryTensor;

/**
 * Values of a memory's tensors on the first layers of Gemma4 E4B: hidden size 2560, one state head, rankwise and coupled
 * gates, every sixth layer with full attention (semantics.md, "The hook").
 *
 * @param saved     of all 31 tensors a layer
 * @param trainable without delta_k and delta_v, whose heads are not active
 * @param effective without mem_q, mem_k and ln_x.bias either, on which no output depends (math.md §1 and §5)
 */
record ParameterCount(long saved, long trainable, long effective) {
    private static final int HIDDEN = 2560;
    private static final int FULL_EVERY = 6;
    private static final Set<MemoryTensor> INACTIVE = EnumSet.of(MemoryTensor.DELTA_K, MemoryTensor.DELTA_V);
    private static final Set<MemoryTensor> WITHOUT_EFFECT = EnumSet.of(MemoryTensor.MEM_Q, MemoryTensor.MEM_K,
            MemoryTensor.LN_X_BIAS);

    static ParameterCount of(int layers, int rank) {
        long saved = 0;
        long inactive = 0;
        long without = 0;
        for (MemoryTensor tensor : MemoryTensor.values()) {
            long values = tensor.ofFreeLambda()
                    ? 0
                    : IntStream.range(0, layers).mapToLong(layer -> values(tensor, layer, rank)).sum();
            saved += values;
            inactive += INACTIVE.contains(tensor) ? values : 0;
            without += WITHOUT_EFFECT.contains(tensor) ? values : 0;
        }
        return new ParameterCount(saved, saved - inactive, saved - inactive - without);
    }

    private static long values(MemoryTensor tensor, int layer, int rank) {
        AttentionWidths widths = layer % FULL_EVERY == FULL_EVERY - 1 ? AttentionWidths.FULL : AttentionWidths.SLIDING;
        return tensor.dims().stream().mapToLong(dim -> size(dim, widths, rank)).reduce(1, Math::multiplyExact);
    }

    private static long size(Dim dim, AttentionWidths widths, int rank) {
        CoreWidths core = CoreWidths.of(rank);
        return switch (dim) {
            case H -> HIDDEN;
            case D, G -> rank;
            case L_W -> core.w();
            case L_A -> core.a();
            case L_G -> core.g();
            case Q_OUT -> widths.q();
            case K_OUT -> widths.k();
            case V_OUT -> widths.v();
            case O_OUT -> widths.o();
        };
    }
}
