package rwkvms.state.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import rwkvms.math.DeltaHead;
import rwkvms.report.AllureReport;
import rwkvms.report.Headroom;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.Taps;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.Sidecar;
import rwkvms.tensor.Tensor;

/**
 * Injected deltas compared with the reference's: the hidden states that the callback saw in every layer are fed to the
 * reference as one call, and each delta of each token is compared. The projection after the call must also be the one before it
 * plus the delta, in float32, bit for bit.
 */
final class Parity {
    /** Absolute, and so tighter than the suite's mixed tolerance wherever a delta is not zero. */
    static final double LIMIT = 1e-5;

    /** The largest difference of one layer's head. */
    record Figure(int layer, String head, int tokens, double maxAbsDiff, double maxAbsDelta) {
    }

    /** What a hook recorded, by layer and name. */
    @FunctionalInterface
    interface Records {
        Tensor of(int layer, String name);
    }

    private Parity() {
    }

    /** Says for the release page how near figures came to the limit, on a device. */
    static void tell(double maxAbsDiff, String device) {
        AllureReport.ofTest().headroom(new Headroom("native in llama.cpp", device, maxAbsDiff / LIMIT));
    }

    /** Compares the records of a hook whose capture was started on a new session. */
    static List<Figure> of(LiveModel model, LiveSession session, int tokens) {
        try (MemorySession reference = model.reference().newSession()) {
            return of(model, session, tokens, reference.saveState());
        }
    }

    /** Compares the records of a hook whose capture was started on a session with this payload. */
    static List<Figure> of(LiveModel model, LiveSession session, int tokens, byte[] payload) {
        try (MemorySession reference = model.reference().newSession()) {
            reference.loadState(payload);
            List<Figure> figures = of(model.sidecar(), reference, session.hook()::captured, tokens);
            for (int layer : model.sidecar().layers()) {
                assertThat(reference.state(layer).position()).isEqualTo(session.memory().state(layer).position());
            }
            return figures;
        }
    }

    /** Compares records with a session of the reference that stands where their capture was started. */
    static List<Figure> of(Sidecar sidecar, MemorySession reference, Records records, int tokens) {
        List<Figure> figures = new ArrayList<>();
        for (int layer : sidecar.layers()) {
            Tensor hidden = records.of(layer, "hidden");
            assertThat(hidden.shape().dim(0)).as("tokens seen in layer %d", layer).isEqualTo(tokens);
            TensorSet expected = reference.forward(layer, ForwardInput.of(hidden).withTaps(Taps.DELTAS));
            for (DeltaHead head : sidecar.config().deltaHeads()) {
                Tensor delta = records.of(layer, "delta_" + head.label());
                requireAdded(records, layer, head, delta);
                figures.add(figure(layer, head, tokens, delta, expected.get(head.delta())));
            }
        }
        return figures;
    }

    private static void requireAdded(Records records, int layer, DeltaHead head, Tensor delta) {
        float[] before = records.of(layer, "before_" + head.label()).toFloats();
        float[] after = records.of(layer, "after_" + head.label()).toFloats();
        float[] added = delta.toFloats();
        for (int i = 0; i < added.length; i++) {
            if (before[i] + added[i] != after[i]) {
                throw new AssertionError("layer " + layer + ", " + head.label() + " projection, value " + i
                        + ": expected " + before[i] + " + " + added[i] + ", found " + after[i]);
            }
        }
    }

    private static Figure figure(int layer, DeltaHead head, int tokens, Tensor found, Tensor expected) {
        double[] a = found.toDoubles();
        double[] b = expected.toDoubles();
        assertThat(a).hasSameSizeAs(b);
        double diff = 0;
        double delta = 0;
        for (int i = 0; i < a.length; i++) {
            diff = Math.max(diff, Math.abs(a[i] - b[i]));
            delta = Math.max(delta, Math.abs(b[i]));
        }
        return new Figure(layer, head.label(), tokens, diff, delta);
    }

    static double largest(List<Figure> figures) {
        return figures.stream().mapToDouble(Figure::maxAbsDiff).max().orElseThrow();
    }
}
