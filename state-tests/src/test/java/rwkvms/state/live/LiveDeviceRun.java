package rwkvms.state.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import rwkvms.ggml.Device;
import rwkvms.ggml.Devices;
import rwkvms.llama.ContextSettings;
import rwkvms.llama.Gemma4Sizes;
import rwkvms.llama.LlamaContext;
import rwkvms.nativeruntime.IncompatibleLibraryException;
import rwkvms.nativeruntime.NativeFiles;
import rwkvms.nativeruntime.NativeHook;
import rwkvms.nativeruntime.NativeSession;

/**
 * A small selection of the live suites on one device: {@code LiveDeviceRun <device> [<folder of libraries>]}. Prints the number
 * of comparisons of parity, the largest difference, and the number of layers on the device; exits with
 * {@link SuiteChild#NOT_EVALUATED} and the reason if there is no such device.
 *
 * <p>A driver compiles each kernel anew for each number of tokens, which is most of the time that this takes on llvmpipe: no
 * microbatch has another number than those of {@link #MICROBATCHES}.
 */
final class LiveDeviceRun {
    /**
     * One token and a tile of a matrix product, the sizes between which kernels of devices change. Those of a few tokens take llvmpipe
     * as long as both to compile: {@code -Pvulkan} judges them.
     */
    static final List<Integer> MICROBATCHES = List.of(1, 16);
    private static final int MICROBATCH = 16;
    private static final ContextSettings SETTINGS = ContextSettings.of(256).withMicrobatch(MICROBATCH);
    private static final int END = 2 * MICROBATCH;
    /** Tokens beyond a prompt. */
    private static final int STEPS = 2;

    private LiveDeviceRun() {
    }

    public static void main(String[] args) throws Exception {
        System.setProperty(Devices.PROPERTY, args[0]);
        if (args.length > 1) {
            System.setProperty(NativeFiles.FOLDER_PROPERTY, args[1]);
        }
        Path folder = Files.createTempDirectory("live-device-");
        int code = 0;
        try {
            run(folder, LiveModel.Engine.on(Optional.empty()));
        } catch (IncompatibleLibraryException none) {
            System.out.println(none.getMessage());
            code = SuiteChild.NOT_EVALUATED.code();
        } finally {
            try (var files = Files.list(folder)) {
                files.forEach(file -> file.toFile().delete());
            }
            Files.delete(folder);
        }
        System.out.flush();
        // Drivers have threads and handlers that end a process badly.
        Runtime.getRuntime().halt(code);
    }

    private static void run(Path folder, LiveModel.Engine engine) throws Exception {
        double largest = 0;
        int figures = 0;
        int offloaded;
        try (LiveModel model = LiveModel.in(folder, engine)) {
            offloaded = model.model().offloaded();
            for (int microbatch : MICROBATCHES) {
                int prompt = Math.max(2 * microbatch, LiveModel.CHUNK_SIZE + 1);
                var found = LiveParityTests.run(model, SETTINGS.withMicrobatch(microbatch), prompt, prompt + STEPS);
                figures += found.size();
                largest = Math.max(largest, Parity.largest(found));
            }
            goesOn(model);
            addsAsTheProcessorDoes(model, engine.device().orElseThrow());
        }
        try (LiveModel model = LiveModel.in(folder, engine, Gemma4Sizes.tiny(),
                sidecar -> sidecar.withZeroDelta(true))) {
            leavesTheBase(model);
        }
        System.out.println(figures + " " + largest + " " + offloaded);
    }

    /** A session that is rolled back goes on as one that was never interrupted. */
    static void goesOn(LiveModel model) {
        try (LiveSession session = model.session(SETTINGS)) {
            session.continueTo(MICROBATCH);
            byte[] saved = session.hook().save();
            session.continueTo(END);
            float[] expected = session.lastLogits();
            session.hook().load(saved);
            assertThat(session.position()).isEqualTo(MICROBATCH);
            session.continueTo(END);
            assertThat(session.lastLogits()).as("logits after a rollback").isEqualTo(expected);
        }
    }

    /** The device adds the deltas of prompts, the processor those of single tokens; every bit is as if it had added all. */
    private static void addsAsTheProcessorDoes(LiveModel model, Device device) {
        try (LiveSession session = model.session(SETTINGS);
                LiveSession processor = LiveSession.of(model, SETTINGS, NativeSession::hookOfTheProcessor)) {
            for (LiveSession each : List.of(session, processor)) {
                each.continueTo(END);
            }
            assertThat(adders(session)).as("who added the deltas of a prompt").containsOnly(device.name());
            assertThat(adders(processor)).as("who added them where the processor does").containsOnly(Device.PROCESSOR);
            assertThat(session.lastLogits()).as("logits of a prompt").isEqualTo(processor.lastLogits());
            for (LiveSession each : List.of(session, processor)) {
                each.stepTo(END + STEPS);
            }
            assertThat(adders(session)).contains(Device.PROCESSOR);
            assertThat(session.lastLogits()).as("logits of single tokens").isEqualTo(processor.lastLogits());
        }
    }

    private static List<String> adders(LiveSession session) {
        return session.model().sidecar().layers().stream()
                .flatMap(layer -> session.hook().places(layer).orElseThrow().entrySet().stream())
                .filter(place -> place.getKey().startsWith(NativeHook.ADDED))
                .flatMap(place -> place.getValue().stream()).toList();
    }

    static void leavesTheBase(LiveModel model) {
        try (LiveSession session = model.session(SETTINGS); LlamaContext bare = model.bare(SETTINGS)) {
            session.continueTo(END);
            bare.decode(0, LiveModel.tokens(0, END));
            assertThat(session.lastLogits()).as("logits with zero deltas").isEqualTo(bare.lastLogits());
        }
    }
}
