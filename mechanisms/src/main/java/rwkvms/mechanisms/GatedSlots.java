package rwkvms.mechanisms;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import rwkvms.math.DeltaHead;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.math.UpdateMode;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.ScanInput;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * The RWKV-MS memory itself (math.md §3 and §4, the scan of {@link ReferenceRuntime}) on synthetic keys and values: one
 * head of rank 32, block i written into slot {@code i mod K}.
 *
 * <p>The features are stated, not projected: {@code k} and {@code v} are the token's, {@code r} the key that is asked
 * for, {@code a = −kk} and {@code b = kk} with {@code kk = k / max(‖k‖, 1e-12)}, the decay 0.98, {@code β} a constant,
 * {@code λ = 1 − β}, the erase gate 1. So only the gates, the slots and the routing differ from {@link Rwkv7Memory}.
 */
final class GatedSlots {
    private static final int WIDTH = RecallSequence.WIDTH;
    private static final int STATE = WIDTH * WIDTH;
    private static final double KK_EPS = 1e-12;
    /** {@code exp(−exp(feature_w)) = 0.98}; a module's feature_w stays below −0.5, so that it can be this. */
    private static final float FEATURE_W = (float) Math.log(-Math.log(Rwkv7Memory.DECAY));

    private final int semantics;
    private final float gate;
    private final float[][] slots;

    /** Empty slots; {@code semantics} is 1 or 2 (semantics.md). */
    GatedSlots(int slots, int semantics, double gate) {
        this.slots = new float[slots][STATE];
        this.semantics = semantics;
        this.gate = (float) gate;
    }

    /** Writes a whole sequence, block after block. */
    void write(RecallSequence sequence, Blocks blocks) {
        for (int block = 0; block < blocks.count(); block++) {
            write(sequence, blocks.start(block), blocks.end(block), block % slots.length);
        }
    }

    /** A write touches one slot and reads no other, so a scan with this slot alone is the same. */
    private void write(RecallSequence sequence, int start, int end, int slot) {
        float[][] keys = new float[end - start][];
        float[][] values = new float[end - start][];
        Arrays.setAll(keys, t -> floats(sequence.key(start + t)));
        Arrays.setAll(values, t -> floats(sequence.value(start + t)));
        slots[slot] = scan(keys, values, gate, List.of(slots[slot])).get(MathTensor.FINAL_STATE).toFloats();
    }

    /** All slots, [K, r, r]. */
    float[] state() {
        return joined(Arrays.asList(slots));
    }

    /** The read of one slot for a key. */
    double[] readOwn(double[] key, int slot) {
        return read(key, List.of(slots[slot])).value();
    }

    /** The read of all slots through the routing. */
    Read readRouted(double[] key) {
        return read(key, Arrays.asList(slots));
    }

    /** raw_reads, and the routes with which they were mixed. */
    static final class Read {
        private final double[] value;
        private final double[] routes;

        private Read(double[] value, double[] routes) {
            this.value = value;
            this.routes = routes;
        }

        double[] value() {
            return value;
        }

        double route(int slot) {
            return routes[slot];
        }
    }

    /** Scans one token that reads; its gate is shut, so that nothing it writes is kept. */
    private Read read(double[] key, List<float[]> states) {
        TensorSet out = scan(new float[][]{floats(key)}, new float[1][WIDTH], 0, states);
        return new Read(out.get(MathTensor.RAW_READS).toDoubles(), out.get(MathTensor.READ_ROUTES).toDoubles());
    }

    private TensorSet scan(float[][] keys, float[][] values, float beta, List<float[]> states) {
        Tensor before = Tensor.ofFloats(Shape.of(1, states.size(), WIDTH, WIDTH), joined(states));
        try (ReferenceRuntime runtime = new ReferenceRuntime()) {
            return runtime.scan(config(states.size(), semantics, keys.length), input(keys, values, beta, before));
        }
    }

    /** The features of these tokens, from position 0 on. */
    static ScanInput input(float[][] keys, float[][] values, float beta, Tensor state) {
        int tokens = keys.length;
        float[] a = new float[tokens * WIDTH];
        float[] b = new float[tokens * WIDTH];
        for (int t = 0; t < tokens; t++) {
            double squares = 0;
            for (float k : keys[t]) {
                squares += (double) k * k;
            }
            for (int i = 0; i < WIDTH; i++) {
                b[t * WIDTH + i] = (float) (keys[t][i] / Math.max(Math.sqrt(squares), KK_EPS));
                a[t * WIDTH + i] = -b[t * WIDTH + i];
            }
        }
        Tensor key = rows(joined(List.of(keys)));
        return new ScanInput(key, constant(tokens, FEATURE_W), key, rows(joined(List.of(values))), rows(a), rows(b),
                constant(tokens, beta), constant(tokens, 1 - beta), state, Optional.empty(), 0);
    }

    static MemoryConfig config(int slots, int semantics, long chunk) {
        return new MemoryConfig(WIDTH, WIDTH, 1, slots, chunk, 1, 1, 0, semantics, UpdateMode.STANDARD,
                EnumSet.of(DeltaHead.Q, DeltaHead.O), true, true, true);
    }

    private static Tensor constant(int tokens, float value) {
        float[] all = new float[tokens * WIDTH];
        Arrays.fill(all, value);
        return rows(all);
    }

    private static Tensor rows(float[] values) {
        return Tensor.ofFloats(Shape.of(values.length / WIDTH, WIDTH), values);
    }

    private static float[] joined(List<float[]> parts) {
        float[] joined = new float[parts.stream().mapToInt(part -> part.length).sum()];
        int at = 0;
        for (float[] part : parts) {
            System.arraycopy(part, 0, joined, at, part.length);
            at += part.length;
        }
        return joined;
    }

    static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }
}
