package rwkvms.state.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import rwkvms.ggml.Devices;
import rwkvms.llama.ContextSettings;
import rwkvms.llama.Gemma4Sizes;
import rwkvms.llama.LlamaContext;

/**
 * A small selection of the live suites on one device: {@code LiveDeviceRun <device>}. Prints the number of comparisons of
 * parity, the largest difference, and the number of layers on the device.
 */
final class LiveDeviceRun {
    /** The sizes at which kernels of devices change: one token, a few, a tile of a matrix product. */
    static final List<Integer> MICROBATCHES = List.of(1, 7, 16);
    private static final int SAVED_AT = 9;
    private static final int END = 14;

    private LiveDeviceRun() {
    }

    public static void main(String[] args) throws Exception {
        System.setProperty(Devices.PROPERTY, args[0]);
        Path folder = Files.createTempDirectory("live-device-");
        try {
            run(folder);
        } finally {
            try (var files = Files.list(folder)) {
                files.forEach(file -> file.toFile().delete());
            }
            Files.delete(folder);
        }
        System.out.flush();
        // Drivers have threads and handlers that end a process badly.
        Runtime.getRuntime().halt(0);
    }

    private static void run(Path folder) throws Exception {
        LiveModel.Engine engine = LiveModel.Engine.on(Optional.empty());
        double largest = 0;
        int figures = 0;
        int offloaded;
        try (LiveModel model = LiveModel.in(folder, engine)) {
            offloaded = model.model().offloaded();
            for (int microbatch : MICROBATCHES) {
                var found = LiveParityTests.run(model, ContextSettings.of(256).withMicrobatch(microbatch));
                figures += found.size();
                largest = Math.max(largest, Parity.largest(found));
            }
            goesOn(model);
        }
        try (LiveModel model = LiveModel.in(folder, engine, Gemma4Sizes.tiny(),
                sidecar -> sidecar.withZeroDelta(true))) {
            leavesTheBase(model);
        }
        System.out.println(figures + " " + largest + " " + offloaded);
    }

    /** A session that is rolled back goes on as one that was never interrupted. */
    static void goesOn(LiveModel model) {
        try (LiveSession session = model.session(ContextSettings.of(256))) {
            session.continueTo(SAVED_AT);
            byte[] saved = session.hook().save();
            session.continueTo(END);
            float[] expected = session.lastLogits();
            session.hook().load(saved);
            assertThat(session.position()).isEqualTo(SAVED_AT);
            session.continueTo(END);
            assertThat(session.lastLogits()).as("logits after a rollback").isEqualTo(expected);
        }
    }

    static void leavesTheBase(LiveModel model) {
        try (LiveSession session = model.session(ContextSettings.of(256));
                LlamaContext bare = model.bare(ContextSettings.of(256))) {
            session.continueTo(END);
            bare.decode(0, LiveModel.tokens(0, END));
            assertThat(session.lastLogits()).as("logits with zero deltas").isEqualTo(bare.lastLogits());
        }
    }
}
