package rwkvms.state.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.child.Child;
import rwkvms.child.Ending;
import rwkvms.fixtures.testing.ArmVariants;
import rwkvms.gguf.GgmlType;
import rwkvms.llama.Gemma4Sizes;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.MemorySession;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.validation.SidecarReader;

/**
 * Live parity on each CPU variant of ggml for ARM, flash attention on and off, every microbatch size, F32 and BF16 (with longer
 * vectors F32 alone): a C++ program decodes, under an emulator where this is no ARM machine, and the reference judges here what
 * its hook recorded.
 */
final class Arm64LiveTests {
    /** Flash attention, microbatch sizes, layers, heads. */
    private static final int COMPARISONS = 2 * LiveParityTests.MICROBATCHES.size() * LiveModel.LAYERS.size() * 2;
    /** The tokens that the program decodes, 17 of them at once: more than a microbatch of 16. */
    private static final int END = 20;
    /** Of the program. */
    private static final Ending.Exited NO_SUCH_PROCESSOR = new Ending.Exited(3);
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @TempDir
    private Path folder = Path.of("");

    @TestFactory
    Stream<DynamicTest> variants() throws Exception {
        return ArmVariants.forEach(this::judge);
    }

    private Optional<String> judge(Path programs) throws Exception {
        long start = System.nanoTime();
        List<Parity.Figure> figures = new ArrayList<>();
        List<GgmlType> types = ArmVariants.isAgain(programs)
                ? List.of(GgmlType.F32)
                : List.of(GgmlType.F32, GgmlType.BF16);
        for (GgmlType type : types) {
            Path work = Files.createDirectories(
                    folder.resolve(type + "-" + programs.getParent().getFileName()));
            LiveModel.Written model = LiveModel.write(work, Gemma4Sizes.tiny().withType(type), sidecar -> sidecar);
            Path records = work.resolve("records");
            Child.Run run = new Child(Stream.of(programs.resolve("live_parity"), model.base(), model.sidecar(), records)
                    .map(Path::toString).toList(), work, Map.of(), LIMIT).run();
            if (run.ending().equals(NO_SUCH_PROCESSOR)) {
                return Optional.of(run.out().strip());
            }
            assertThat(run.ending()).as(run.out() + run.err()).isEqualTo(new Ending.Exited(0));
            figures.addAll(figures(model, records));
        }
        System.out.println("live on " + programs.getParent().getFileName() + ": max abs diff " + Parity.largest(figures)
                + " over " + figures.size() + " comparisons, " + (System.nanoTime() - start) / 1_000_000_000 + " s");
        assertThat(figures).hasSize(types.size() * COMPARISONS);
        assertThat(Parity.largest(figures)).isLessThanOrEqualTo(Parity.LIMIT);
        assertThat(figures).allSatisfy(figure -> assertThat(figure.maxAbsDelta()).as("a delta that says something")
                .isGreaterThan(1e-2));
        return Optional.empty();
    }

    private static List<Parity.Figure> figures(LiveModel.Written model, Path records) throws Exception {
        List<Parity.Figure> figures = new ArrayList<>();
        try (Sidecar sidecar = SidecarReader.open(model.sidecar());
                LoadedMemory reference = new ReferenceRuntime()
                        .load(new MemoryModel(sidecar, Optional.of(model.base()), sidecar.config()))) {
            for (HookRecords run : HookRecords.read(records).values()) {
                try (MemorySession session = reference.newSession()) {
                    figures.addAll(Parity.of(sidecar, session, run, END));
                }
            }
        }
        return figures;
    }
}
