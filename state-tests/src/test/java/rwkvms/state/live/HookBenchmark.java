package rwkvms.state.live;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import rwkvms.gguf.GgmlType;
import rwkvms.llama.ContextSettings;
import rwkvms.llama.Gemma4Sizes;
import rwkvms.llama.LlamaContext;
import rwkvms.llama.TinyGemma4;
import rwkvms.llama.TinySidecar;
import rwkvms.nativeruntime.NativeFiles;
import rwkvms.nativeruntime.NativeSession;
import rwkvms.report.AllureReport;
import rwkvms.report.Entry;
import rwkvms.report.EntryDetails;
import rwkvms.report.Outcome;
import rwkvms.sidecar.SidecarWriter;

/**
 * The cost of the memory per decode: E4B's hidden size, heads and feed-forward width, six layers, each with the published
 * sidecar's shapes, one thread. Every token is decoded in every mode in a row, in changing order, so that
 * other load of the machine affects both alike. The processor time of the one computing thread is compared, because it leaves
 * out the time of other processes; on a device ({@link rwkvms.ggml.Devices#PROPERTY}) the time that passes. Besides with the hook
 * and without, tokens are decoded while nodes are only observed, which by itself costs a device a wait for each node.
 *
 * <p>Two llama.cpp contexts of the same settings may differ in speed by a tenth as long as they live, because of the addresses
 * of their buffers. So there are several rounds with new contexts each, and the median of the rounds counts.
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
    /** A decode with the hook on a device, of one whose inputs, q and o are observed and left alone. */
    private static final double MAX_OF_OBSERVED = 1.3;
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

        /** Observing was measured with the smaller model. */
        List<Mode> modes(boolean device) {
            return prompt > 0
                    ? List.of(Mode.NONE, Mode.HOOK)
                    : Stream.of(Mode.values()).filter(mode -> device || mode != Mode.PROCESSOR).toList();
        }

        static Plan realSize() {
            return new Plan(Gemma4Sizes.e4b().withType(GgmlType.Q8_0), REAL_LAYERS, 3, 8,
                    Integer.getInteger("rwkvms.prompt", 512), 0.02, 0.05);
        }
    }

    private final LiveModel model;
    private final Plan plan;
    /** For the release page. */
    private final Map<String, String> figures = new LinkedHashMap<>();

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
                    + sizes.layers() + " layers with memory, " + sizes.type() + ", one thread, "
                    + (model.model().device().isPresent() ? "" : "processor ") + "ms, medians of " + plan.rounds
                    + " rounds of " + plan.tokens
                    + " tokens:");
            met = benchmark.overhead(false) & benchmark.overhead(true) & (plan.prompt == 0 || benchmark.prompt())
                    & benchmark.saveAndLoad();
            benchmark.tell(folder.resolve("allure-results"), met);
        }
        System.exit(met ? 0 : 1);
    }

    private void tell(Path results, boolean met) throws IOException {
        Outcome outcome = met
                ? new Outcome.Passed()
                : new Outcome.Failed("a limit was exceeded, see the build's output");
        AllureReport.into(results).add("rwkvms.bench", new Entry(plan.toString(), outcome).with(new EntryDetails() {
            @Override
            public void attach(AllureReport report) {
                figures.forEach((name, value) -> report.figure("speed", name, value));
            }
        }));
    }

    /** What a decode does beside the model. */
    private enum Mode {
        NONE("without the hook"),
        INPUTS("the inputs observed"),
        OBSERVED("inputs, q and o observed"),
        /** On a device: q and o go to the processor and back. */
        PROCESSOR("the hook, the processor adds"),
        HOOK("the hook");

        private final String label;

        Mode(String label) {
            this.label = label;
        }
    }

    /** Milliseconds of one decode. */
    private record Times(double processor, double wall) {
    }

    /** A context that decodes in one mode, and what was measured of it in this round. */
    private record Runner(Mode mode, LlamaContext context, Optional<LiveSession> session,
            List<Times> times) implements AutoCloseable {
        static Runner of(LiveModel model, ContextSettings settings, Mode mode) {
            Optional<LiveSession> session = switch (mode) {
                case HOOK -> Optional.of(model.session(settings));
                case PROCESSOR -> Optional.of(LiveSession.of(model, settings, NativeSession::hookOfTheProcessor));
                default -> Optional.empty();
            };
            LlamaContext context = session.map(LiveSession::context).orElseGet(() -> model
                    .bare(mode == Mode.NONE ? settings : settings.withHook(Observer.of(mode == Mode.INPUTS ? 1 : 2))));
            return new Runner(mode, context, session, new ArrayList<>());
        }

        void decode(int position) {
            times.add(time(context, position, 1));
        }

        double median(ToDoubleFunction<Times> of) {
            return HookBenchmark.median(times.stream().skip(WARM_UP).mapToDouble(of).toArray());
        }

        @Override
        public void close() {
            session.ifPresent(each -> each.hook().check());
            session.ifPresentOrElse(LiveSession::close, context::close);
        }
    }

    /** The callback of a library of the tests that observes nodes. */
    private static final class Observer {
        private static final SymbolLookup LIBRARY = SymbolLookup.libraryLookup(NativeFiles.folder().resolveSibling(
                "shim").resolve(System.mapLibraryName("observer")), Arena.global());

        static ContextSettings.Hook of(int kinds) {
            return new ContextSettings.Hook(LIBRARY.findOrThrow("observe"), Arena.global().allocateFrom(
                    ValueLayout.JAVA_INT, kinds));
        }
    }

    private boolean overhead(boolean flash) {
        ContextSettings settings = ContextSettings.of(256).withFlashAttention(flash);
        boolean device = model.model().device().isPresent();
        List<Mode> modes = plan.modes(device);
        Map<Mode, double[]> rounds = new EnumMap<>(Mode.class);
        Map<Mode, double[]> walls = new EnumMap<>(Mode.class);
        for (int round = 0; round < plan.rounds; round++) {
            List<Runner> runners = modes.stream().map(mode -> Runner.of(model, settings, mode)).toList();
            for (int t = 0; t < WARM_UP + plan.tokens; t++) {
                for (int i = 0; i < runners.size(); i++) {
                    runners.get((i + t) % runners.size()).decode(t);
                }
            }
            for (Runner runner : runners) {
                rounds.computeIfAbsent(runner.mode, mode -> new double[plan.rounds])[round] = runner
                        .median(device ? Times::wall : Times::processor);
                walls.computeIfAbsent(runner.mode, mode -> new double[plan.rounds])[round] = runner.median(Times::wall);
                runner.close();
            }
        }
        System.out.println("  " + (flash ? "flash attention" : "plain attention"));
        modes.forEach(mode -> System.out.printf("    %-28s %.3f, wall %.3f, of what it is without the hook %+.2f %%%n",
                mode.label, median(rounds.get(mode)), median(walls.get(mode)),
                100 * (median(ratios(rounds, mode, Mode.NONE)) - 1)));
        figures.put((plan.prompt > 0 ? "cost at the real size" : "decode with the memory")
                + (flash ? ", flash attention" : ""),
                String.format(Locale.ROOT, "%+.2f %% of the time without it",
                        100 * (median(ratios(rounds, Mode.HOOK, Mode.NONE)) - 1)));
        return device && modes.contains(Mode.OBSERVED)
                ? observed(rounds)
                : within(median(ratios(rounds, Mode.HOOK, Mode.NONE)) - 1, plan.maxDecode);
    }

    /** What the hook adds to a decode on a device, in what observing adds. */
    private static boolean observed(Map<Mode, double[]> rounds) {
        double observing = median(rounds.get(Mode.OBSERVED)) - median(rounds.get(Mode.NONE));
        double hook = median(rounds.get(Mode.HOOK)) - median(rounds.get(Mode.NONE));
        double processor = median(rounds.get(Mode.PROCESSOR)) - median(rounds.get(Mode.NONE));
        System.out.printf(
                "    observing adds %.3f; the hook adds %.3f, %.2f of that; where the processor adds the deltas %.3f,"
                        + " %.2f of that; a decode with the hook takes %.2f of one that is observed%n",
                observing, hook,
                hook / observing, processor, processor / observing, median(ratios(rounds, Mode.HOOK, Mode.OBSERVED)));
        return within(median(ratios(rounds, Mode.HOOK, Mode.OBSERVED)), MAX_OF_OBSERVED);
    }

    private static boolean within(double found, double limit) {
        System.out.printf("    %.3f, limit %.2f%n", found, limit);
        return found <= limit;
    }

    private static double[] ratios(Map<Mode, double[]> rounds, Mode mode, Mode to) {
        double[] ratios = new double[rounds.get(mode).length];
        Arrays.setAll(ratios, round -> rounds.get(mode)[round] / rounds.get(to)[round]);
        return ratios;
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
        figures.put("a prompt at the real size",
                String.format(Locale.ROOT, "%d tokens, %+.2f %% of the time without it", plan.prompt, 100 * overhead));
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
        figures.put("save and load of the state", String.format(Locale.ROOT, "%.4f ms", median(times)));
        return median(times) <= MAX_SAVE_AND_LOAD_MS;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return (sorted[sorted.length / 2] + sorted[(sorted.length - 1) / 2]) / 2;
    }
}
