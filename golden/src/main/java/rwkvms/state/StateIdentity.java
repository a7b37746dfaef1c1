package rwkvms.state;

import java.util.List;
import rwkvms.math.MemoryConfig;
import rwkvms.sidecar.Sidecar;

/**
 * The sidecar that a payload must belong to: its layers, sizes and fingerprint.
 *
 * @param layers      ascending
 * @param fingerprint 64 lower-case hexadecimal digits
 */
public record StateIdentity(List<Integer> layers, int numStates, int numStateHeads, int rank, int chunkSize,
        String fingerprint) {
    public StateIdentity {
        layers = List.copyOf(layers);
    }

    public static StateIdentity of(Sidecar sidecar) {
        MemoryConfig config = sidecar.config();
        return new StateIdentity(sidecar.layers(), config.numStates(), config.numStateHeads(), config.rank(),
                Math.toIntExact(config.chunkSize()), Fingerprint.of(sidecar));
    }

    /** The five metadata fields, in order. */
    List<Integer> metadata() {
        return List.of(layers.size(), numStates, numStateHeads, rank, chunkSize);
    }

    /** {@code D = N · r}: values of a layer's previous source. */
    int sourceCount() {
        return numStateHeads * rank;
    }

    /** {@code N · K · r · r}: values of a layer's state. */
    int stateCount() {
        return numStateHeads * numStates * rank * rank;
    }

    long layerSize() {
        return Integer.BYTES + Long.BYTES + (long) Float.BYTES * (sourceCount() + stateCount());
    }

    long bodySize() {
        return layers.size() * layerSize();
    }

    /** Bytes of a payload. */
    public long size() {
        return StateFormat.SMALLEST + bodySize();
    }
}
