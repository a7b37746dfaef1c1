package rwkvms.state.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;
import rwkvms.llama.ContextSettings;
import rwkvms.llama.FileType;
import rwkvms.llama.Gemma4Sizes;
import rwkvms.llama.LlamaContext;
import rwkvms.report.AllureReport;
import rwkvms.sidecar.synthesis.SyntheticSidecar;
import rwkvms.state.StateDamage;

/**
 * The live suites in small on bases with quantised weights: the miniature of E4B, which llama.cpp itself quantises, with
 * weights as they are in the file and in the order that suits the processor. The default build takes the types of the published
 * base and of most others; {@code -Pbases} takes all, and more microbatch sizes.
 */
final class LiveBasesTests {
    private static final boolean ALL = Boolean.getBoolean("rwkvms.bases");
    private static final List<Integer> MICROBATCHES = List.of(1, 7, 16, 64);
    /** Types whose weights nobody repacks. */
    private static final Set<FileType> WHOLE = Set.of(FileType.F32, FileType.F16, FileType.BF16);
    /** Tokens of a comparison with the same base without memory. */
    private static final int END = 24;

    @TempDir
    private static Path folder;

    private static final Map<Variant, LiveModel> OPEN = new TreeMap<>();
    private static final Map<Variant, List<Parity.Figure>> FIGURES = new TreeMap<>();

    /** One mixture of weight types, which llama.cpp may repack or not. */
    private record Variant(FileType type, boolean repacks) implements Comparable<Variant> {
        LiveModel model() {
            return OPEN.computeIfAbsent(this, each -> each.model(sidecar -> sidecar));
        }

        LiveModel model(UnaryOperator<SyntheticSidecar> change) {
            try {
                return LiveModel.quantised(folder, LiveModel.Engine.shared(), Gemma4Sizes.miniature(), type, repacks,
                        change);
            } catch (Exception e) {
                throw new AssertionError("the miniature as " + type, e);
            }
        }

        boolean isRepacked() {
            return model().model().repacked();
        }

        @Override
        public int compareTo(Variant other) {
            int byType = type.compareTo(other.type);
            return byType == 0 ? Boolean.compare(repacks, other.repacks) : byType;
        }

        @Override
        public String toString() {
            return type + ", weights in " + String.join(" and ", model().model().buffers());
        }
    }

    @AfterAll
    static void close() {
        FIGURES.forEach((variant, figures) -> System.out.println("live on " + variant + ": max abs diff "
                + Parity.largest(figures) + " over " + figures.size() + " layers and heads"));
        OPEN.values().forEach(LiveModel::close);
    }

    @TestFactory
    Stream<DynamicContainer> bases() {
        List<FileType> types = ALL ? List.of(FileType.values()) : List.of(FileType.F32, FileType.Q8_0, FileType.Q4_K_M);
        return types.stream().flatMap(type -> {
            Variant repacked = new Variant(type, true);
            Stream<DynamicContainer> other = repacked.isRepacked()
                    ? Stream.of(container(new Variant(type, false)))
                    : Stream.of(type).filter(each -> !WHOLE.contains(each)).map(LiveBasesTests::notEvaluated);
            return Stream.concat(Stream.of(container(repacked)), other);
        });
    }

    private static DynamicContainer notEvaluated(FileType type) {
        String why = "NOT EVALUATED: llama.cpp repacks none of " + type + "'s weights on this processor";
        return DynamicContainer.dynamicContainer(type + ", repacked", List.of(DynamicTest.dynamicTest(why, () -> {
            throw new TestAbortedException(why);
        })));
    }

    private static DynamicContainer container(Variant variant) {
        List<DynamicTest> tests = new ArrayList<>();
        for (boolean flash : new boolean[]{false, true}) {
            for (int microbatch : ALL ? LiveParityTests.MICROBATCHES : MICROBATCHES) {
                ContextSettings settings = ContextSettings.of(256).withFlashAttention(flash)
                        .withMicrobatch(microbatch);
                tests.add(DynamicTest.dynamicTest("deltas" + (flash ? ", flash attention" : "") + ", microbatches of "
                        + microbatch, () -> injectedDeltasAreTheReferences(variant, settings)));
            }
        }
        tests.add(DynamicTest.dynamicTest("weights are held as asked",
                () -> assertThat(variant.repacks || !variant.isRepacked()).as(variant.toString()).isTrue()));
        tests.add(DynamicTest.dynamicTest("zero deltas leave every bit", () -> zeroDeltasLeaveEveryBit(variant)));
        tests.add(DynamicTest.dynamicTest("sessions and rollback", () -> sessionsAndRollback(variant.model())));
        return DynamicContainer.dynamicContainer(variant.toString(), tests);
    }

    private static void injectedDeltasAreTheReferences(Variant variant, ContextSettings settings) {
        List<Parity.Figure> figures = LiveParityTests.run(variant.model(), settings);
        FIGURES.computeIfAbsent(variant, each -> new ArrayList<>()).addAll(figures);
        Parity.tell(Parity.largest(figures), "CPU");
        AllureReport.ofTest().figure("extent", "types of weights", variant.type());
        assertThat(figures).hasSize(2 * LiveModel.LAYERS.size()).allSatisfy(figure -> {
            assertThat(figure.maxAbsDiff()).as(figure.toString()).isLessThanOrEqualTo(Parity.LIMIT);
            assertThat(figure.maxAbsDelta()).as("a delta that says something").isGreaterThan(1e-2);
        });
    }

    private static void zeroDeltasLeaveEveryBit(Variant variant) {
        try (LiveModel zero = variant.model(sidecar -> sidecar.withZeroDelta(true))) {
            for (boolean flash : new boolean[]{false, true}) {
                ContextSettings settings = ContextSettings.of(256).withFlashAttention(flash).withMicrobatch(7);
                try (LiveSession session = zero.session(settings); LlamaContext bare = zero.bare(settings)) {
                    session.continueTo(END);
                    bare.decode(0, LiveModel.tokens(0, END));
                    for (int t = 0; t < END; t++) {
                        assertThat(session.context().logits(t)).as("token %d", t).isEqualTo(bare.logits(t));
                    }
                }
            }
        }
    }

    /** After each step the context is compared, bit for bit, with one that only decoded. */
    private static void sessionsAndRollback(LiveModel model) {
        try (LiveProgram.PlainRuns known = new LiveProgram.PlainRuns(model);
                LiveProgram program = new LiveProgram(model, known)) {
            program.decode(new LiveProgram.Decode(4, 0));
            program.decode(new LiveProgram.Decode(1, 0));
            program.save();
            program.decode(new LiveProgram.Decode(2, 1));
            program.load();
            program.decode(new LiveProgram.Decode(4, 0));
            for (StateDamage damage : StateDamage.values()) {
                program.loadDamagedPayload(damage);
            }
            for (int size : new int[]{1, 1000, 100_000}) {
                program.loadDamagedCache(size);
                program.loadFlipped(size);
            }
            program.refused(memory -> memory.shift(0, 0, -1, 1));
            program.decode(new LiveProgram.Decode(1, 0));
            program.moveToNewContext(new LiveProgram.Decode(3, 1));
            program.decode(new LiveProgram.Decode(1, 0));
            program.clear();
            program.decode(new LiveProgram.Decode(2, 1));
            program.removeAll();
            program.load();
            program.decode(new LiveProgram.Decode(1, 1));
        }
    }
}
