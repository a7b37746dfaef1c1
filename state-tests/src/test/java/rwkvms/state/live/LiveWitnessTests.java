package rwkvms.state.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.llama.ContextSettings;
import rwkvms.llama.LlamaContext;
import rwkvms.math.MathTensor;
import rwkvms.nativeruntime.NativeHook;
import rwkvms.nativeruntime.NativeSession;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.Taps;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * The same parity, measured without the hook's own records: a callback in Java reads ggml's tensors before and after the C++
 * callback. The records of the hook ({@code rwkv_ms_hook_captured}) must equal them bit for bit.
 */
final class LiveWitnessTests {
    private static final int END = 30;
    private static final int PROMPT = 17;

    @TempDir
    private static Path folder;

    @Test
    void whatTheHookRecordsIsWhatHappens() throws Exception {
        try (LiveModel model = LiveModel.in(folder, LiveModel.Engine.shared());
                NativeSession memory = model.memory().newSession()) {
            NativeHook hook = memory.hook();
            Watcher watcher = new Watcher(hook);
            LlamaContext context = model.model()
                    .newContext(ContextSettings.of(256).withMicrobatch(7).withHook(watcher.hook()));
            hook.attach(context.handle(), Optional.of(model.base()));
            hook.capture(END);
            context.decode(0, LiveModel.tokens(0, PROMPT));
            for (int t = PROMPT; t < END; t++) {
                context.decode(t, LiveModel.token(t));
            }
            hook.check();
            watcher.rethrow();
            compare(model, hook, watcher.byName());
            hook.detach();
            context.close();
            hook.close();
        }
    }

    private static void compare(LiveModel model, NativeHook hook, Map<String, Watcher.Seen> seen) {
        TreeSet<String> expectedNodes = new TreeSet<>();
        for (int layer : model.sidecar().layers()) {
            String norm = "attn_norm-" + layer;
            String q = "Qcur-" + layer;
            String o = "blk." + layer + ".attn_output.weight";
            expectedNodes.addAll(List.of(norm, q, o));
            Watcher.Seen hidden = seen.get(norm);
            assertThat(hidden.after()).as("hidden states are only read").isEqualTo(hidden.before());
            assertThat(hook.captured(layer, "hidden").toFloats()).isEqualTo(hidden.before());
            assertThat(hook.captured(layer, "before_q").toFloats()).isEqualTo(seen.get(q).before());
            assertThat(hook.captured(layer, "after_q").toFloats()).isEqualTo(seen.get(q).after());
            assertThat(hook.captured(layer, "before_o").toFloats()).isEqualTo(seen.get(o).before());
            assertThat(hook.captured(layer, "after_o").toFloats()).isEqualTo(seen.get(o).after());
            try (MemorySession reference = model.reference().newSession()) {
                TensorSet deltas = reference.forward(layer,
                        ForwardInput.of(Tensor.ofFloats(Shape.of(END, hidden.width()), hidden.before()))
                                .withTaps(Taps.DELTAS));
                assertAdded(seen.get(q), deltas.get(MathTensor.DELTA_Q));
                assertAdded(seen.get(o), deltas.get(MathTensor.DELTA_O));
            }
        }
        assertThat(seen.keySet()).as("nodes that the hook asks for").isEqualTo(expectedNodes);
    }

    /** Within the limit plus half an ulp of the sum, because the sum was rounded to float32. */
    private static void assertAdded(Watcher.Seen projection, Tensor delta) {
        for (int i = 0; i < projection.before().length; i++) {
            double added = (double) projection.after()[i] - projection.before()[i];
            assertThat(Math.abs(added - delta.at(i))).as("%s, value %d", projection.name(), i)
                    .isLessThanOrEqualTo(Parity.LIMIT + Math.ulp(projection.after()[i]) / 2);
        }
    }
}
