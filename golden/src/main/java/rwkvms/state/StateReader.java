package rwkvms.state;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.StateException;
import rwkvms.runtime.StateFault;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * Reads a payload for a sidecar (docs/state-format.md), checking magic, version, the five numbers, fingerprint, length,
 * checksum and values in this order. It returns all layers, or refuses.
 */
public final class StateReader {
    private final StateIdentity identity;
    private final byte[] bytes;
    private final ByteBuffer in;

    private StateReader(StateIdentity identity, byte[] bytes) {
        this.identity = identity;
        this.bytes = bytes;
        this.in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * The state of every layer.
     *
     * @throws StateException with the first fault in the order of the checks
     */
    public static SortedMap<Integer, LayerState> read(StateIdentity identity, byte[] payload) {
        StateReader reader = new StateReader(identity, payload);
        reader.checkHeader();
        reader.checkLength();
        if (!Hashes.isSealed(payload)) {
            throw fault(StateFault.STATE_CHECKSUM, "checksum at byte " + (payload.length - StateFormat.HASH_SIZE),
                    HexFormat.of().formatHex(Hashes.ofBody(payload)), HexFormat.of().formatHex(payload,
                            payload.length - StateFormat.HASH_SIZE, payload.length));
        }
        return reader.layers();
    }

    private void checkHeader() {
        byte[] magic = take("magic", StateFormat.MAGIC.length);
        if (!Arrays.equals(magic, StateFormat.MAGIC)) {
            throw fault(StateFault.STATE_MAGIC, "magic", HexFormat.of().formatHex(StateFormat.MAGIC),
                    HexFormat.of().formatHex(magic));
        }
        checkNumber(StateFault.STATE_VERSION, "version", StateFormat.VERSION);
        List<StateFault> faults = List.of(StateFault.STATE_LAYERS, StateFault.STATE_NUM_STATES, StateFault.STATE_HEADS,
                StateFault.STATE_RANK, StateFault.STATE_CHUNK_SIZE);
        for (int field = 0; field < faults.size(); field++) {
            checkNumber(faults.get(field), StateFormat.METADATA.get(field), identity.metadata().get(field));
        }
        String fingerprint = HexFormat.of().formatHex(take("fingerprint", StateFormat.HASH_SIZE));
        if (!fingerprint.equals(identity.fingerprint())) {
            throw fault(StateFault.STATE_FINGERPRINT, "sidecar identity mismatch: fingerprint", identity.fingerprint(),
                    fingerprint);
        }
    }

    private void checkNumber(StateFault fault, String field, int expected) {
        int found = ByteBuffer.wrap(take(field, Integer.BYTES)).order(ByteOrder.LITTLE_ENDIAN).getInt();
        if (found != expected) {
            throw fault(fault, field, String.valueOf(expected), Integer.toUnsignedString(found));
        }
    }

    private void checkLength() {
        long body = ByteBuffer.wrap(take("length of the body", Long.BYTES)).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (body != identity.bodySize()) {
            throw fault(StateFault.STATE_LENGTH, "length of the body", String.valueOf(identity.bodySize()),
                    Long.toUnsignedString(body));
        }
        if (bytes.length != identity.size()) {
            throw fault(StateFault.STATE_LENGTH, "payload", identity.size() + " bytes",
                    String.valueOf(bytes.length));
        }
    }

    /** The next bytes of the header. A payload that ends within them has a wrong length, whatever its other bytes are. */
    private byte[] take(String field, int count) {
        if (in.remaining() < count) {
            throw fault(StateFault.STATE_LENGTH, field + " at byte " + in.position(), identity.size() + " bytes in all",
                    String.valueOf(bytes.length));
        }
        byte[] taken = new byte[count];
        in.get(taken);
        return taken;
    }

    private SortedMap<Integer, LayerState> layers() {
        SortedMap<Integer, LayerState> layers = new TreeMap<>();
        int r = identity.rank();
        long first = in.getLong(in.position() + Integer.BYTES);
        for (int layer : identity.layers()) {
            int index = in.getInt();
            if (index != layer) {
                throw fault(StateFault.STATE_LAYER, "layer index", String.valueOf(layer),
                        Integer.toUnsignedString(index));
            }
            long position = in.getLong();
            if (position < 0) {
                throw fault(StateFault.STATE_VALUE, "position of layer " + layer, "0 or more",
                        String.valueOf(position));
            }
            float[] source = floats("previous source of layer " + layer, identity.sourceCount());
            float[] state = floats("state of layer " + layer, identity.stateCount());
            layers.put(layer, new LayerState(
                    Tensor.ofFloats(Shape.of(identity.numStateHeads(), identity.numStates(), r, r), state), position,
                    Tensor.ofFloats(Shape.of(identity.sourceCount()), source)));
            StateWriter.requireInStep(identity.layers().getFirst(), first, layer,
                    position);
        }
        return layers;
    }

    private float[] floats(String what, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = Float.intBitsToFloat(in.getInt());
            if (!Float.isFinite(values[i])) {
                throw fault(StateFault.STATE_VALUE, what + "[" + i + "]", "a finite value", String.valueOf(values[i]));
            }
        }
        return values;
    }

    private static StateException fault(StateFault fault, String field, String expected, String found) {
        return new StateException(fault, "state payload: " + field + ": expected " + expected + ", found " + found);
    }
}
