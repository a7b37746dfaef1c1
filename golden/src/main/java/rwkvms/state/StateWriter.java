package rwkvms.state;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.function.IntFunction;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.StateException;
import rwkvms.runtime.StateFault;
import rwkvms.tensor.Tensor;

/** Writes a payload (docs/state-format.md): equal states of one sidecar give equal bytes. */
public final class StateWriter {
    private StateWriter() {
    }

    /**
     * The payload of a state.
     *
     * @param states of every layer of the identity
     * @throws StateException {@link StateFault#STATE_STEP} if layers are at different positions
     */
    public static byte[] write(StateIdentity identity, IntFunction<LayerState> states) {
        List<LayerState> layers = identity.layers().stream().map(states::apply).toList();
        for (int i = 0; i < layers.size(); i++) {
            requireInStep(identity.layers().get(0), layers.getFirst().position(), identity.layers().get(i),
                    layers.get(i).position());
        }
        ByteBuffer out = ByteBuffer.allocate(Math.toIntExact(identity.size())).order(ByteOrder.LITTLE_ENDIAN);
        out.put(StateFormat.MAGIC).putInt(StateFormat.VERSION);
        identity.metadata().forEach(out::putInt);
        out.put(HexFormat.of().parseHex(identity.fingerprint())).putLong(identity.bodySize());
        for (int i = 0; i < layers.size(); i++) {
            LayerState state = layers.get(i);
            out.putInt(identity.layers().get(i)).putLong(state.position());
            put(out, state.previousSource(), identity.sourceCount());
            put(out, state.state(), identity.stateCount());
        }
        byte[] payload = out.array();
        Hashes.seal(payload);
        return payload;
    }

    private static void put(ByteBuffer out, Tensor tensor, int count) {
        if (tensor.count() != count) {
            throw new IllegalArgumentException("state: expected " + count + " values, found " + tensor.count());
        }
        for (float value : tensor.toFloats()) {
            out.putInt(Float.floatToRawIntBits(value));
        }
    }

    static void requireInStep(int firstLayer, long first, int layer, long position) {
        if (position != first) {
            throw new StateException(StateFault.STATE_STEP, "layers out of step: position of layer " + layer
                    + ": expected " + first + " as of layer " + firstLayer + ", found " + position);
        }
    }
}
