package rwkvms.state.live;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import rwkvms.gguf.GgmlType;
import rwkvms.llama.ContextSettings;
import rwkvms.llama.Gemma4Sizes;
import rwkvms.nativeruntime.NativeException;

/**
 * Live parity on one CPU variant of ggml: {@code LiveVariantRun <libggml-cpu-*>}. Prints the number of comparisons and the largest
 * difference; exits with {@link SuiteChild#NOT_EVALUATED} if this CPU does not support the variant.
 */
final class LiveVariantRun {
    private LiveVariantRun() {
    }

    public static void main(String[] args) throws Exception {
        LiveModel.Engine engine;
        try {
            engine = LiveModel.Engine.on(Optional.of(Path.of(args[0])));
        } catch (NativeException refused) {
            System.out.println(refused.getMessage());
            System.exit(SuiteChild.NOT_EVALUATED.code());
            return;
        }
        Path folder = Files.createTempDirectory("live-");
        double largest = 0;
        int figures = 0;
        for (GgmlType type : new GgmlType[]{GgmlType.F32, GgmlType.BF16}) {
            try (LiveModel model = LiveModel.in(folder, engine, Gemma4Sizes.tiny().withType(type),
                    sidecar -> sidecar)) {
                for (boolean flash : new boolean[]{false, true}) {
                    for (int microbatch : LiveParityTests.MICROBATCHES) {
                        var found = LiveParityTests.run(model, ContextSettings.of(256).withFlashAttention(flash)
                                .withMicrobatch(microbatch));
                        figures += found.size();
                        largest = Math.max(largest, Parity.largest(found));
                    }
                }
            }
            Files.list(folder).forEach(file -> file.toFile().delete());
        }
        Files.delete(folder);
        System.out.println(figures + " " + largest);
    }
}
