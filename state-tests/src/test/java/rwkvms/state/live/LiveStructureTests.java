package rwkvms.state.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.gguf.GgufFile;
import rwkvms.gguf.GgufPair;
import rwkvms.gguf.GgufReader;
import rwkvms.gguf.GgufTensor;
import rwkvms.gguf.GgufTensorInfo;
import rwkvms.gguf.GgufWriter;
import rwkvms.llama.ContextSettings;
import rwkvms.llama.Gemma4Sizes;
import rwkvms.llama.LlamaContext;
import rwkvms.llama.TinyGemma4;
import rwkvms.llama.TinySidecar;
import rwkvms.math.DeltaHead;
import rwkvms.nativeruntime.NativeException;
import rwkvms.nativeruntime.NativeHook;
import rwkvms.nativeruntime.NativeSession;
import rwkvms.runtime.MemoryModel;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.SidecarWriter;
import rwkvms.sidecar.validation.SidecarReader;

/**
 * The place of the deltas among the parts of E4B (semantics.md, "The hook"), recomputed here in double from what llama.cpp has
 * in its nodes: the norm and the rotation of q and k, the norm of v, and the norm behind attention see the projection with the
 * delta in it; layers that use the keys of others have neither keys nor a hook.
 */
final class LiveStructureTests {
    private static final Gemma4Sizes SIZES = Gemma4Sizes.miniature();
    private static final int END = 20;
    private static final double EPS = 1e-6;
    /** Values are near 1, and llama.cpp computes in float32. */
    private static final double LIMIT = 1e-5;
    /** What a delta in the wrong place would change at least. */
    private static final double VISIBLE = 1e-3;

    @TempDir
    private static Path folder;

    /** A run with every head active, and the nodes behind the projections. */
    private static final class Run implements AutoCloseable {
        private final LiveModel model;
        private final NativeSession memory;
        private final NativeHook hook;
        private final LlamaContext context;
        private final Watcher watcher;
        private final Map<String, Watcher.Seen> seen;

        Run() throws Exception {
            model = LiveModel.in(folder, LiveModel.Engine.shared(), SIZES,
                    sidecar -> sidecar.with(config -> config.withDeltaHeads(Set.of(DeltaHead.values()))));
            memory = model.memory().newSession();
            hook = memory.hook();
            watcher = new Watcher(hook, name -> name.matches("([QKV]cur_(normed|pos)|attn_post_norm)-\\d+"));
            context = model.model().newContext(ContextSettings.of(256).withMicrobatch(7).withHook(watcher.hook()));
            hook.attach(context.handle(), Optional.of(model.base()));
            hook.capture(END);
            context.decode(0, LiveModel.tokens(0, END));
            hook.check();
            watcher.rethrow();
            seen = watcher.byName();
        }

        double[] projection(int layer, String when, DeltaHead head) {
            return hook.captured(layer, when + "_" + head.label()).toDoubles();
        }

        double[] node(String name, int layer) {
            float[] after = seen.get(name + "-" + layer).after();
            return IntStream.range(0, after.length).mapToDouble(i -> after[i]).toArray();
        }

        @Override
        public void close() {
            hook.detach();
            context.close();
            hook.close();
            memory.close();
            model.close();
        }
    }

    @Test
    void normsAndRotationsSeeTheDeltas() throws Exception {
        try (Run run = new Run()) {
            assertThat(run.model.sidecar().layers()).containsExactly(0, 2, 3, 5);
            for (int layer : run.model.sidecar().layers()) {
                int width = SIZES.sliding().get(layer) ? SIZES.slidingHead() : SIZES.fullHead();
                double[] ones = IntStream.range(0, width).mapToDouble(i -> 1).toArray();
                for (DeltaHead head : DeltaHead.values()) {
                    switch (head) {
                        case Q, K -> {
                            double[] weights = weights(run, layer, "attn_" + head.label() + "_norm");
                            UnaryOperator<double[]> normed = rows -> normed(rows, weights);
                            sees(run, layer, head, head + "cur_normed", normed);
                            sees(run, layer, head, head + "cur_pos",
                                    rows -> turned(normed.apply(rows), width, layer));
                        }
                        case V -> sees(run, layer, head, "Vcur_normed", rows -> normed(rows, ones));
                        case O -> {
                            double[] weights = weights(run, layer, "post_attention_norm");
                            sees(run, layer, head, "attn_post_norm", rows -> normed(rows, weights));
                        }
                    }
                }
            }
        }
    }

    private static void sees(Run run, int layer, DeltaHead head, String node, UnaryOperator<double[]> part) {
        double[] found = run.node(node, layer);
        double[] with = part.apply(run.projection(layer, "after", head));
        double[] without = part.apply(run.projection(layer, "before", head));
        assertThat(difference(found, with)).as("%s-%d, with the delta", node, layer).isLessThanOrEqualTo(LIMIT);
        assertThat(difference(found, without)).as("%s-%d, without the delta", node, layer).isGreaterThan(VISIBLE);
    }

    private static double difference(double[] some, double[] others) {
        assertThat(some).hasSameSizeAs(others);
        return IntStream.range(0, some.length).mapToDouble(i -> Math.abs(some[i] - others[i])).max().orElseThrow();
    }

    /** Each row divided by the root of its mean square, times the weights. */
    private static double[] normed(double[] rows, double[] weights) {
        double[] normed = new double[rows.length];
        for (int row = 0; row < rows.length; row += weights.length) {
            double squares = 0;
            for (int i = 0; i < weights.length; i++) {
                squares += rows[row + i] * rows[row + i];
            }
            double scale = 1 / Math.sqrt(squares / weights.length + EPS);
            for (int i = 0; i < weights.length; i++) {
                normed[row + i] = rows[row + i] * scale * weights[i];
            }
        }
        return normed;
    }

    /** Pairs of each head, half a head apart, turned by the token's position; in full layers only the first of them. */
    private static double[] turned(double[] rows, int width, int layer) {
        Gemma4Sizes.Features features = SIZES.features();
        boolean sliding = SIZES.sliding().get(layer);
        int half = width / 2;
        long turning = sliding ? half : Math.round(half * features.turned());
        int ofToken = rows.length / END;
        double[] turned = rows.clone();
        for (int head = 0; head < rows.length; head += width) {
            for (int i = 0; i < turning; i++) {
                double base = sliding ? features.slidingBase() : features.fullBase();
                double angle = head / ofToken * Math.pow(base, -2.0 * i / width);
                double a = rows[head + i];
                double b = rows[head + half + i];
                turned[head + i] = a * Math.cos(angle) - b * Math.sin(angle);
                turned[head + half + i] = a * Math.sin(angle) + b * Math.cos(angle);
            }
        }
        return turned;
    }

    private static double[] weights(Run run, int layer, String name) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            GgufFile base = GgufReader.read(run.model.base(), arena);
            float[] weights = base.data(base.tensors("blk." + layer + "." + name + ".weight").getFirst())
                    .toArray(ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN));
            return IntStream.range(0, weights.length).mapToDouble(i -> weights[i]).toArray();
        }
    }

    /** llama.cpp's own graph has the parts that the miniature is meant to have. */
    @Test
    void theGraphHasEveryPart() throws Exception {
        try (Run run = new Run()) {
            for (String part : List.of("Qcur", "attn_post_norm", "per_layer_embd_out", "l_out")) {
                assertThat(layers(run, part)).as(part).isEqualTo(IntStream.range(0, SIZES.layers()).boxed().toList());
            }
            for (String part : List.of("Kcur", "Vcur")) {
                assertThat(layers(run, part)).as(part).isEqualTo(SIZES.ownKeyLayers());
            }
            assertThat(SIZES.ownKeyLayers()).containsExactly(0, 1, 2, 3, 4, 5);
        }
    }

    private static List<Integer> layers(Run run, String part) {
        return run.watcher.names().stream().filter(name -> name.matches(part + "-\\d+"))
                .map(name -> Integer.valueOf(name.substring(part.length() + 1))).sorted().toList();
    }

    @Test
    void aLayerOfTheTailIsRefused() throws Exception {
        Path base = folder.resolve("tail.gguf");
        TinyGemma4.write(base, SIZES, LiveModel.SEED);
        Path file = folder.resolve("tail-sidecar.gguf");
        for (int tail : new int[]{6, 11}) {
            SidecarWriter.write(file, TinySidecar.of(base, SIZES, List.of(0, tail)).draft(LiveModel.SEED), true);
            try (Sidecar sidecar = SidecarReader.open(file)) {
                MemoryModel model = new MemoryModel(sidecar, Optional.of(base), sidecar.config());
                assertThatExceptionOfType(NativeException.class)
                        .isThrownBy(() -> LiveModel.Engine.shared().runtime().load(model))
                        .withMessageEndingWith(base + ": expected target layers of its 12 without the last 6,"
                                + " which share their keys and values, found layer " + tail);
            }
        }
    }

    /** Nothing reads the tail's own keys and values, and a converter may leave them out. */
    @Test
    void aBaseWithoutTheKeysOfTheTailIsTheSame() throws Exception {
        Path whole = folder.resolve("whole.gguf");
        TinyGemma4.write(whole, SIZES, LiveModel.SEED);
        Path base = folder.resolve("without.gguf");
        try (Arena arena = Arena.ofConfined()) {
            GgufFile read = GgufReader.read(whole, arena);
            List<GgufTensor> tensors = new ArrayList<>();
            for (GgufTensorInfo tensor : read.tensors()) {
                if (!tensor.name().matches("blk\\.([6-9]|1\\d)\\.attn_(k|v|k_norm)\\.weight")) {
                    tensors.add(new GgufTensor(tensor.name(), tensor.type().orElseThrow(), tensor.ne(),
                            read.data(tensor)));
                }
            }
            assertThat(tensors).hasSize(read.tensors().size() - 3 * SIZES.sharedTail());
            GgufWriter.write(base,
                    read.entries().stream().map(entry -> new GgufPair(entry.key(), entry.value())).toList(),
                    tensors, true);
        }
        ContextSettings settings = ContextSettings.of(256).withMicrobatch(7);
        try (LiveModel of = LiveModel.on(whole, LiveModel.Engine.shared(), SIZES, sidecar -> sidecar, true);
                LiveModel without = LiveModel.on(base, LiveModel.Engine.shared(), SIZES, sidecar -> sidecar, true)) {
            assertThat(LiveParityTests.run(without, settings)).isEqualTo(LiveParityTests.run(of, settings))
                    .allSatisfy(figure -> assertThat(figure.maxAbsDiff()).isLessThanOrEqualTo(Parity.LIMIT));
        }
    }
}
