package rwkvms.sidecar.validation;

import java.util.List;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import rwkvms.math.DeltaHead;
import rwkvms.math.UpdateMode;
import rwkvms.sidecar.testing.SidecarSizes;
import rwkvms.tensor.DType;

/** Sizes and settings of random sidecars that are valid, except that some have several state heads. */
final class SidecarSizesArbitrary {
    private SidecarSizesArbitrary() {
    }

    static Arbitrary<SidecarSizes> of(int maxLayers, Integer... stateHeads) {
        Arbitrary<int[]> versions = Arbitraries.of(new int[]{1, 1}, new int[]{2, 1}, new int[]{2, 2});
        Arbitrary<List<Integer>> layers = Arbitraries.integers().between(0, 40).list().ofMinSize(1)
                .ofMaxSize(maxLayers)
                .map(list -> List.copyOf(new TreeSet<>(list)));
        Arbitrary<int[]> state = Combinators
                .combine(Arbitraries.integers().between(1, 9), Arbitraries.of(stateHeads))
                .as((rank, heads) -> new int[]{rank, heads});
        Arbitrary<int[]> widths = Arbitraries.integers().between(1, 33).array(int[].class).ofSize(3);
        Arbitrary<boolean[]> flags = Arbitraries.of(true, false).array(boolean[].class).ofSize(2);
        Arbitrary<DType> types = Arbitraries.of(DType.BFLOAT16, DType.FLOAT16, DType.FLOAT32);
        Arbitrary<List<DeltaHead>> heads = Arbitraries.of(DeltaHead.class).list().uniqueElements();
        return Combinators
                .combine(versions, layers, state, widths, flags, types, Arbitraries.of(UpdateMode.class), heads)
                .as((version, targets, rank, width, flag, type, mode, delta) -> new SidecarSizes(version[0],
                        version[1], rank[0], rank[1], width[0], targets, flag[0], flag[1], type, width[1], width[2],
                        mode, delta));
    }
}
