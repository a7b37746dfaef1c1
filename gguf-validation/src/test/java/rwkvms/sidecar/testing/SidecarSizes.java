package rwkvms.sidecar.testing;

import java.util.List;
import rwkvms.math.DeltaHead;
import rwkvms.math.UpdateMode;
import rwkvms.tensor.DType;

/** Sizes and settings that a random sidecar is made from. */
public record SidecarSizes(int formatVersion, int semantics, int rank, int heads, int hidden, List<Integer> layers,
        boolean rankwise, boolean coupled, DType dtype, int qOut, int kOut, UpdateMode mode,
        List<DeltaHead> deltaHeads) {
    /** Small, with no two sizes alike: D 4, G 4, H 7, q 5, k and v 3, L 32. */
    public static final SidecarSizes SMALL = new SidecarSizes(2, 2, 4, 1, 7, List.of(0, 2), true, true, DType.BFLOAT16,
            5, 3,
            UpdateMode.STANDARD, List.of(DeltaHead.Q, DeltaHead.O));

    public SidecarSizes withHeads(int count) {
        return new SidecarSizes(formatVersion, semantics, rank, count, hidden, layers, rankwise, coupled, dtype, qOut,
                kOut, mode, deltaHeads);
    }

    public SidecarSizes withRank(int r) {
        return new SidecarSizes(formatVersion, semantics, r, heads, hidden, layers, rankwise, coupled, dtype, qOut,
                kOut, mode, deltaHeads);
    }

    public SidecarSizes withFormatVersion(int version) {
        return new SidecarSizes(version, Math.min(version, semantics), rank, heads, hidden, layers, rankwise, coupled,
                dtype, qOut, kOut, mode, deltaHeads);
    }

    public SidecarSizes withFreeLambda() {
        return new SidecarSizes(formatVersion, semantics, rank, heads, hidden, layers, rankwise, false, dtype, qOut,
                kOut, mode, deltaHeads);
    }

    public int readDim() {
        return rank * heads;
    }
}
