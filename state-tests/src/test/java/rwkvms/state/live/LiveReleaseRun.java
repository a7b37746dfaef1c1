package rwkvms.state.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;
import rwkvms.ggml.Ggml;
import rwkvms.llama.ContextSettings;
import rwkvms.llama.Gemma4Sizes;
import rwkvms.llama.LlamaContext;
import rwkvms.nativeruntime.NativeFiles;

/**
 * The live suites on the release of llama.cpp in {@code rwkvms.native}: {@code LiveReleaseRun small|whole}. Prints what the release
 * does, one fact a line, and ends with 1 if it lacks what the hook needs or a test fails.
 */
final class LiveReleaseRun {
    private static final int TOKENS = 10;
    /** One token, a few, a tile of a matrix product. */
    private static final List<Integer> MICROBATCHES = List.of(1, 7, 16);
    private static final List<Class<?>> WHOLE = List.of(LiveParityTests.class, LiveRollbackTests.class,
            LiveStateTests.class, LiveWitnessTests.class);

    private LiveReleaseRun() {
    }

    /** A fact's line, which {@link LiveReleaseTests} reads. */
    private static void tell(String fact, Object value) {
        System.out.println(fact + ": " + value);
    }

    public static void main(String[] args) throws Exception {
        Path folder = Files.createTempDirectory("live-release-");
        try {
            run(folder, args[0].equals("whole"));
        } finally {
            try (var files = Files.list(folder)) {
                files.forEach(file -> file.toFile().delete());
            }
            Files.delete(folder);
        }
        System.exit(0);
    }

    private static void run(Path folder, boolean whole) throws Exception {
        LiveModel.Engine engine = LiveModel.Engine.shared();
        Ggml ggml = Ggml.open();
        tell("structs", engine.llama().release());
        tell("ggml", ggml.version() + " " + ggml.commit());
        try (LiveModel model = LiveModel.in(folder, engine)) {
            SortedSet<String> nodes = GraphNodes.of(model);
            nodes.forEach(node -> tell("node", node));
            assertThat(GraphNodes.missing(nodes)).as("nodes that the hook needs and this release does not have")
                    .isEmpty();
            tellState(model);
            if (!whole) {
                LiveDeviceRun.goesOn(model);
            }
        }
        if (whole) {
            suites();
        } else {
            selection(folder, engine);
        }
    }

    /** How llama.cpp itself treats its state, beside what the session makes of it. */
    private static void tellState(LiveModel model) {
        try (LlamaContext used = model.bare(ContextSettings.of(256));
                LlamaContext fresh = model.bare(ContextSettings.of(256))) {
            byte[] empty = fresh.state();
            used.decode(0, LiveModel.tokens(0, TOKENS));
            byte[] state = used.state();
            tell("state bytes, empty", empty.length);
            tell("state bytes, " + TOKENS + " tokens", state.length);
            used.setState(empty);
            tell("a state without tokens", used.memory().lastPosition(0) < 0
                    ? "empties the cache"
                    : "leaves the cache as it was");
            fresh.setState(state);
            tell("a state comes back", Arrays.equals(fresh.state(), state) ? "bit for bit" : "CHANGED");
        }
        try (LiveSession session = model.session(ContextSettings.of(256))) {
            byte[] empty = session.hook().save();
            session.continueTo(TOKENS);
            session.hook().load(empty);
            assertThat(session.position()).as("position after the session of an empty context").isZero();
        }
    }

    private static void selection(Path folder, LiveModel.Engine engine) throws Exception {
        double largest = 0;
        int figures = 0;
        try (LiveModel model = LiveModel.in(folder, engine)) {
            for (int microbatch : MICROBATCHES) {
                var found = LiveParityTests.run(model, ContextSettings.of(256).withMicrobatch(microbatch));
                figures += found.size();
                largest = Math.max(largest, Parity.largest(found));
            }
        }
        try (LiveModel model = LiveModel.in(folder, engine, Gemma4Sizes.tiny(),
                sidecar -> sidecar.withZeroDelta(true))) {
            LiveDeviceRun.leavesTheBase(model);
        }
        assertThat(largest).isLessThanOrEqualTo(Parity.LIMIT);
        tell("comparisons", figures);
        tell("max abs diff", largest);
    }

    private static void suites() {
        LauncherConfig config = LauncherConfig.builder().enableTestExecutionListenerAutoRegistration(false).build();
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(WHOLE.stream().map(each -> selectClass(each)).toList())
                .configurationParameter("junit.jupiter.extensions.autodetection.enabled", "false").build();
        LauncherFactory.create(config).execute(request, listener);
        TestExecutionSummary summary = listener.getSummary();
        summary.getFailures().forEach(failure -> System.out.println("FAILED " + failure.getTestIdentifier()
                .getDisplayName() + " of " + failure.getTestIdentifier().getUniqueId() + ": "
                + failure.getException()));
        tell("tests", summary.getTestsSucceededCount());
        assertThat(summary.getTotalFailureCount()).as("failures on " + NativeFiles.folder()).isZero();
    }
}
