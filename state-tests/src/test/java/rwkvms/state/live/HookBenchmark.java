package rwkvms.state.live;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import rwkvms.gguf.GgmlType;
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
 * target/}. {@code -Psize} in its place measures E4B's real size in Q8_0, 8 GB, if there is room for it: all 42 layers, six of them
 * with memory, and a prompt too.
 */
public final class HookBenchmark {
    private static final int WARM_UP = 4;
    private static final int SAVES = 2000;
    private static final List<Integer> REAL_LAYERS = List.of(0, 1, 2, 3, 4, 5);
    private static final double ROOM = 8.1e9;
    private static final double GIGA = 1e9;
    private static final double MAX_SAVE_AND_LOAD_MS = 1;
    private static final double NANOS_PER_MS = 1e6;

    /**
     * What is measured.
     *
     * @param tokens    decoded in each round
     * @param prompt    tokens of a prompt, 0: none
     * @param maxDecode largest overhead
     */
    private record Plan(Gemma4Sizes sizes, List<Integer> layers, int rounds, int tokens, int prompt, double maxDecode,
            double maxPrompt) {
        static final Plan SIX_LAYERS = new Plan(Gemma4Sizes.measured(), Gemma4Sizes.measured().ownKeyLayers(), 9, 24, 0,
                0.05, 0);

        static Plan realSize() {
            return new Plan(Gemma4Sizes.e4b().withType(GgmlType.Q8_0), REAL_LAYERS, 3, 8,
                    Integer.getInteger("rwkvms.prompt", 512), 0.02, 0.05);
        }
    }

    private final LiveModel model;
    private final Plan plan;

    private HookBenchmark(LiveModel model, Plan plan) {
        this.model = model;
        this.plan = plan;
    }

    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        Plan plan = args.length == 1 ? Plan.SIX_LAYERS : Plan.realSize();
        Gemma4Sizes sizes = plan.sizes;
        Path base = folder.resolve("bench-%08x.gguf".formatted(sizes.toString().hashCode()));
        if (!Files.exists(base)) {
            double room = Files.getFileStore(folder).getUsableSpace();
            if (args.length > 1 && room < ROOM) {
                System.out.printf("NOT EVALUATED: the real size needs %.1f GB in %s, there are %.1f GB%n", ROOM / GIGA,
                        folder, room / GIGA);
                return;
            }
            TinyGemma4.write(base, sizes, LiveModel.SEED);
        }
        Path sidecar = folder.resolve("bench-sidecar.gguf");
        SidecarWriter.write(sidecar, TinySidecar.of(base, sizes, plan.layers).draft(LiveModel.SEED), true);
        boolean met;
        try (LiveModel model = LiveModel.open(LiveModel.Engine.on(Optional.empty()), base, sidecar)) {
            HookBenchmark benchmark = new HookBenchmark(model, plan);
            System.out.println("decode of one token, hidden size " + sizes.hidden() + ", " + plan.layers.size() + " of "
                    + sizes.layers() + " layers with memory, " + sizes.type()
                    + ", one thread, processor ms, medians of " + plan.rounds + " rounds of " + plan.tokens
                    + " tokens:");
            met = benchmark.overhead(false) & benchmark.overhead(true) & (plan.prompt == 0 || benchmark.prompt())
                    & benchmark.saveAndLoad();
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

    private boolean overhead(boolean flash) {
        ContextSettings settings = ContextSettings.of(256).withFlashAttention(flash);
        double[] ratios = new double[plan.rounds];
        List<Times> with = new ArrayList<>();
        List<Times> without = new ArrayList<>();
        for (int round = 0; round < plan.rounds; round++) {
            List<Times> hooked = new ArrayList<>();
            List<Times> plain = new ArrayList<>();
            decodeBoth(settings, hooked, plain);
            ratios[round] = median(Times.processor(hooked)) / median(Times.processor(plain));
            with.addAll(hooked);
            without.addAll(plain);
        }
        double overhead = median(ratios) - 1;
        System.out.printf("  %-16s without %.3f, with %.3f (wall %.3f, %.3f); overhead %.2f %%, rounds %.2f to %.2f %%,"
                + " limit %.0f %%%n", flash ? "flash attention" : "plain attention", median(Times.processor(without)),
                median(Times.processor(with)), median(Times.wall(without)), median(Times.wall(with)), 100 * overhead,
                100 * (Arrays.stream(ratios).min().orElseThrow() - 1),
                100 * (Arrays.stream(ratios).max().orElseThrow() - 1), 100 * plan.maxDecode);
        return overhead <= plan.maxDecode;
    }

    private void decodeBoth(ContextSettings settings, List<Times> hooked, List<Times> plain) {
        try (LiveSession session = model.session(settings); LlamaContext bare = model.bare(settings)) {
            for (int t = 0; t < WARM_UP + plan.tokens; t++) {
                boolean hookFirst = t % 2 == 0;
                Times first = time(hookFirst ? session.context() : bare, t, 1);
                Times second = time(hookFirst ? bare : session.context(), t, 1);
                if (t >= WARM_UP) {
                    hooked.add(hookFirst ? first : second);
                    plain.add(hookFirst ? second : first);
                }
            }
            session.hook().check();
        }
    }

    /** A prompt at once, in contexts of its own, with the hook and without in changing order. */
    private boolean prompt() {
        ContextSettings settings = ContextSettings
                .of((plan.prompt + ContextSettings.CELLS - 1) / ContextSettings.CELLS * ContextSettings.CELLS);
        double[] with = new double[plan.rounds];
        double[] without = new double[plan.rounds];
        int session = 0;
        for (int round = 0; round < plan.rounds; round++) {
            try (LiveSession hooked = model.session(settings); LlamaContext bare = model.bare(settings)) {
                boolean hookFirst = round % 2 == 0;
                Times first = time(hookFirst ? hooked.context() : bare, 0, plan.prompt);
                Times second = time(hookFirst ? bare : hooked.context(), 0, plan.prompt);
                with[round] = (hookFirst ? first : second).processor;
                without[round] = (hookFirst ? second : first).processor;
                hooked.hook().check();
                session = hooked.hook().save().length;
            }
        }
        double overhead = median(with) / median(without) - 1;
        System.out.printf("a prompt of %d tokens at once: without %.0f, with %.0f; overhead %.2f %%, limit %.0f %%;"
                + " its session has %d bytes%n", plan.prompt, median(without), median(with), 100 * overhead,
                100 * plan.maxPrompt, session);
        return overhead <= plan.maxPrompt;
    }

    private static Times time(LlamaContext context, int position, int tokens) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long start = System.nanoTime();
        long startOfThread = threads.getCurrentThreadCpuTime();
        context.decode(position, LiveModel.tokens(position, position + tokens));
        context.lastLogits();
        long thread = threads.getCurrentThreadCpuTime() - startOfThread;
        return new Times(thread / NANOS_PER_MS, (System.nanoTime() - start) / NANOS_PER_MS);
    }

    private boolean saveAndLoad() {
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
