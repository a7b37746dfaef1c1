package rwkvms.state.live;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import rwkvms.llama.ContextSettings;
import rwkvms.llama.Gemma4Sizes;
import rwkvms.llama.LlamaContext;
import rwkvms.llama.TinyGemma4;
import rwkvms.llama.TinySidecar;
import rwkvms.nativeruntime.NativeSession;
import rwkvms.sidecar.SidecarWriter;

/**
 * The cost of the memory per decode: E4B's hidden size, heads and feed-forward width, six layers, each with the published
 * sidecar's shapes, one thread. Every token is decoded twice in a row, with the hook and without, in changing order, so that
 * other load of the machine affects both alike. The processor time of the one computing thread is compared, because it leaves
 * out the time of other processes.
 *
 * <p>Two llama.cpp contexts of the same settings may differ in speed by a tenth as long as they live, because of the addresses
 * of their buffers. So there are several rounds with two new contexts each, and the median of the rounds counts.
 *
 * <p>{@code mvn -Pbench -DskipTests verify -pl state-tests -am} runs it; the model, more than a gigabyte, stays in {@code
 * target/}.
 */
public final class HookBenchmark {
    private static final int WARM_UP = 4;
    private static final int TOKENS = 24;
    private static final int ROUNDS = 9;
    private static final int SAVES = 2000;
    private static final double MAX_OVERHEAD = 0.05;
    private static final double MAX_SAVE_AND_LOAD_MS = 1;
    private static final double NANOS_PER_MS = 1e6;

    private HookBenchmark() {
    }

    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        Gemma4Sizes sizes = Gemma4Sizes.measured();
        Path base = folder.resolve("bench-%08x.gguf".formatted(sizes.toString().hashCode()));
        if (!Files.exists(base)) {
            TinyGemma4.write(base, sizes, LiveModel.SEED);
        }
        Path sidecar = folder.resolve("bench-sidecar.gguf");
        SidecarWriter.write(sidecar, TinySidecar.of(base, sizes, sizes.ownKeyLayers()).draft(LiveModel.SEED), true);
        boolean met;
        try (LiveModel model = LiveModel.open(LiveModel.Engine.on(Optional.empty()), base, sidecar)) {
            System.out.println("decode of one token, hidden size " + sizes.hidden() + ", " + sizes.layers()
                    + " layers with memory, one thread, processor ms, medians of " + ROUNDS + " rounds of " + TOKENS
                    + " tokens:");
            met = overhead(model, false) & overhead(model, true) & saveAndLoad(model);
        }
        System.exit(met ? 0 : 1);
    }

    /** Milliseconds of one decode. */
    private record Times(double processor, double wall) {
        static double[] processor(List<Times> times) {
            return times.stream().mapToDouble(Times::processor).toArray();
        }

        static double[] wall(List<Times> times) {
            return times.stream().mapToDouble(Times::wall).toArray();
        }
    }

    private static boolean overhead(LiveModel model, boolean flash) {
        ContextSettings settings = ContextSettings.of(256).withFlashAttention(flash);
        double[] ratios = new double[ROUNDS];
        List<Times> with = new ArrayList<>();
        List<Times> without = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            List<Times> hooked = new ArrayList<>();
            List<Times> plain = new ArrayList<>();
            decodeBoth(model, settings, hooked, plain);
            ratios[round] = median(Times.processor(hooked)) / median(Times.processor(plain));
            with.addAll(hooked);
            without.addAll(plain);
        }
        double overhead = median(ratios) - 1;
        System.out.printf("  %-16s without %.3f, with %.3f (wall %.3f, %.3f); overhead %.2f %%, rounds %.2f to %.2f %%,"
                + " limit %.0f %%%n", flash ? "flash attention" : "plain attention", median(Times.processor(without)),
                median(Times.processor(with)), median(Times.wall(without)), median(Times.wall(with)), 100 * overhead,
                100 * (Arrays.stream(ratios).min().orElseThrow() - 1),
                100 * (Arrays.stream(ratios).max().orElseThrow() - 1), 100 * MAX_OVERHEAD);
        return overhead <= MAX_OVERHEAD;
    }

    private static void decodeBoth(LiveModel model, ContextSettings settings, List<Times> hooked, List<Times> plain) {
        try (LiveSession session = model.session(settings); LlamaContext bare = model.bare(settings)) {
            for (int t = 0; t < WARM_UP + TOKENS; t++) {
                boolean hookFirst = t % 2 == 0;
                Times first = time(hookFirst ? session.context() : bare, t);
                Times second = time(hookFirst ? bare : session.context(), t);
                if (t >= WARM_UP) {
                    hooked.add(hookFirst ? first : second);
                    plain.add(hookFirst ? second : first);
                }
            }
            session.hook().check();
        }
    }

    private static Times time(LlamaContext context, int position) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long start = System.nanoTime();
        long startOfThread = threads.getCurrentThreadCpuTime();
        context.decode(position, LiveModel.token(position));
        context.lastLogits();
        long thread = threads.getCurrentThreadCpuTime() - startOfThread;
        return new Times(thread / NANOS_PER_MS, (System.nanoTime() - start) / NANOS_PER_MS);
    }

    private static boolean saveAndLoad(LiveModel model) {
        double[] times = new double[SAVES];
        int bytes = 0;
        try (NativeSession session = model.memory().newSession(); NativeSession other = model.memory().newSession()) {
            for (int i = 0; i < SAVES; i++) {
                long start = System.nanoTime();
                byte[] payload = session.saveState();
                other.loadState(payload);
                times[i] = (System.nanoTime() - start) / NANOS_PER_MS;
                bytes = payload.length;
            }
        }
        System.out.printf(
                "save and load of the state of %d layers, %d bytes, through the Java binding: %.4f ms (median of %d, limit %.0f ms)%n",
                model.sidecar().layers().size(), bytes, median(times), SAVES, MAX_SAVE_AND_LOAD_MS);
        return median(times) <= MAX_SAVE_AND_LOAD_MS;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return (sorted[sorted.length / 2] + sorted[(sorted.length - 1) / 2]) / 2;
    }
}
