package rwkvms.ggml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.gguf.GgmlType;
import rwkvms.nativeruntime.IncompatibleLibraryException;
import rwkvms.nativeruntime.NativeFiles;

/** ggml's products beside exact ones, and every misuse refused in Java before ggml could abort on it. */
@TestInstance(Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // set before all tests
class GgmlTests {
    private static final int INPUTS = 2560;
    private static final int OUTPUTS = 16;
    private static final int TOKENS = 9;
    private static final double TOLERANCE = 1e-5;

    private Ggml ggml;
    private GgmlBackend backend;

    @BeforeAll
    void open() {
        ggml = Ggml.open();
        backend = GgmlBackend.cpu(ggml, 1);
    }

    @AfterAll
    void close() {
        backend.close();
    }

    @Test
    void saysWhatItIs() {
        assertThat(ggml.version()).matches("\\d+\\.\\d+\\.\\d+.*");
        assertThat(ggml.commit()).isNotBlank();
    }

    @Test
    void onlyACastToF32MeetsTheTolerance() {
        Random random = new Random(7);
        short[] weights = new short[INPUTS * OUTPUTS];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (short) (Float.floatToIntBits((float) (0.02 * random.nextGaussian())) >> 16);
        }
        float[] x = new float[INPUTS * TOKENS];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) random.nextGaussian();
        }
        try (GgmlGraph graph = new GgmlGraph(backend, 5)) {
            GgmlTensor w = graph.input(GgmlType.BF16, INPUTS, OUTPUTS);
            GgmlTensor hidden = graph.input(GgmlType.F32, INPUTS, TOKENS);
            GgmlTensor direct = graph.mulMat(w, hidden);
            GgmlTensor cast = graph.mulMat(graph.cast(w, GgmlType.F32), hidden);
            graph.allocate();
            w.set(MemorySegment.ofArray(weights));
            hidden.set(x);
            graph.compute();

            double[] exact = exact(weights, x);
            assertThat(maxAbsDiff(exact, direct.toFloats())).isBetween(1e-4, 1e-2);
            assertThat(maxAbsDiff(exact, cast.toFloats())).isLessThan(TOLERANCE / 10);
        }
    }

    @Test
    void productsOfOneInputAreEachTheirOwn() {
        try (GgmlGraph graph = new GgmlGraph(backend, 5)) {
            GgmlTensor first = graph.input(GgmlType.F32, 2, 1);
            GgmlTensor second = graph.input(GgmlType.F32, 2, 3);
            GgmlTensor x = graph.input(GgmlType.F32, 2, 2);
            GgmlTensor one = graph.mulMat(first, x);
            GgmlTensor three = graph.mulMat(second, x);
            graph.allocate();
            first.set(1, 2);
            second.set(1, 0, 0, 1, -1, 1);
            x.set(3, 4, 5, 6);
            graph.compute();
            assertThat(one.toFloats()).containsExactly(11, 17);
            assertThat(three.toFloats()).containsExactly(3, 4, 1, 5, 6, 1);

            x.set(0, 1, 1, 0);
            graph.compute();
            assertThat(one.toFloats()).containsExactly(2, 1);
        }
    }

    @Test
    void refusesShapesAndTypesThatGgmlAbortsOn() {
        try (GgmlGraph graph = new GgmlGraph(backend, 8); GgmlGraph other = new GgmlGraph(backend, 1)) {
            GgmlTensor w = graph.input(GgmlType.BF16, 4, 3);
            assertThatIllegalArgumentException().isThrownBy(() -> graph.mulMat(w, graph.input(GgmlType.F32, 5, 2)))
                    .withMessage("mul_mat of tensor BF16[4, 3]: expected a tensor F32[4, T],"
                            + " found tensor F32[5, 2]");
            assertThatIllegalArgumentException().isThrownBy(() -> graph.mulMat(w, graph.input(GgmlType.F16, 4, 2)))
                    .withMessage("mul_mat of tensor BF16[4, 3]: expected a tensor F32[4, T],"
                            + " found tensor F16[4, 2]");
            assertThatIllegalArgumentException().isThrownBy(() -> graph.mulMat(w, other.input(GgmlType.F32, 4, 2)))
                    .withMessage("graph: tensor F32[4, 2] belongs to another graph");
            assertThatIllegalArgumentException().isThrownBy(() -> graph.input(GgmlType.Q8_0, 32, 1))
                    .withMessage("graph: expected a tensor of type F32, F16 or BF16, found Q8_0");
            assertThatIllegalArgumentException().isThrownBy(() -> graph.input(GgmlType.F32, 0, 1))
                    .withMessage("graph: expected a tensor of 1 to 1073741824 bytes, found F32[0, 1]");
            assertThatIllegalArgumentException().isThrownBy(() -> graph.input(GgmlType.F32, 1L << 32, 1L << 32))
                    .withMessage("graph: expected a tensor of 1 to 1073741824 bytes,"
                            + " found F32[4294967296, 4294967296]");
            assertThatIllegalArgumentException().isThrownBy(() -> graph.cast(w, GgmlType.I8))
                    .withMessage("graph: expected a tensor of type F32, F16 or BF16, found I8");
        }
        assertThatIllegalArgumentException().isThrownBy(() -> new GgmlGraph(backend, 0).close())
                .withMessage("graph: expected a capacity of 1 to 65536 tensors, found 0");
        assertThatIllegalArgumentException().isThrownBy(() -> GgmlBackend.cpu(ggml, 0).close())
                .withMessage("threads: expected 1 to 512, found 0");
    }

    @Test
    void refusesCallsOutOfOrder() {
        GgmlGraph graph = new GgmlGraph(backend, 3);
        assertThatIllegalStateException().isThrownBy(graph::allocate)
                .withMessage("graph: expected at least one product or cast, found none");
        GgmlTensor w = graph.input(GgmlType.F32, 2, 1);
        GgmlTensor x = graph.input(GgmlType.F32, 2, 1);
        graph.mulMat(w, x);
        assertThatIllegalStateException().isThrownBy(() -> graph.input(GgmlType.F32, 1, 1))
                .withMessage("graph: expected at most 3 tensors, found one more");
        assertThatIllegalStateException().isThrownBy(graph::compute)
                .withMessage("graph: expected it after allocate(), found it not allocated");
        assertThatIllegalStateException().isThrownBy(() -> x.set(1, 2))
                .withMessage("graph: expected it after allocate(), found it not allocated");
        graph.allocate();
        assertThatIllegalStateException().isThrownBy(() -> graph.mulMat(w, x))
                .withMessage("graph: expected it before allocate(), found it allocated");
        assertThatIllegalArgumentException().isThrownBy(() -> x.set(1, 2, 3))
                .withMessage("tensor F32[2, 1]: expected 8 bytes, found 12");
        assertThatIllegalStateException().isThrownBy(backend::close)
                .withMessage("backend: expected its graphs to be closed before it, found 1 open");
        graph.close();
        assertThatIllegalStateException().isThrownBy(graph::compute)
                .withMessage("graph: expected it after allocate(), found it closed");
        assertThatIllegalStateException().isThrownBy(x::toFloats)
                .withMessage("graph: expected it after allocate(), found it closed");
    }

    @Test
    void limitsAreTheLastThatPass() {
        new GgmlGraph(backend, GgmlGraph.MAX_TENSORS).close();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new GgmlGraph(backend, GgmlGraph.MAX_TENSORS + 1).close())
                .withMessage("graph: expected a capacity of 1 to 65536 tensors, found 65537");
        assertThatIllegalArgumentException().isThrownBy(() -> GgmlBackend.cpu(ggml, 513).close())
                .withMessage("threads: expected 1 to 512, found 513");
        long floats = GgmlGraph.MAX_TENSOR_BYTES / Float.BYTES;
        try (GgmlGraph graph = new GgmlGraph(backend, 4)) {
            assertThat(graph.input(GgmlType.F32, floats, 1).bytes()).isEqualTo(GgmlGraph.MAX_TENSOR_BYTES);
            assertThat(graph.input(GgmlType.F16, 2, floats).bytes()).isEqualTo(GgmlGraph.MAX_TENSOR_BYTES);
            assertThatIllegalArgumentException().isThrownBy(() -> graph.input(GgmlType.F32, 1, floats + 1))
                    .withMessage("graph: expected a tensor of 1 to 1073741824 bytes, found F32[1, 268435457]");
            assertThatIllegalArgumentException().isThrownBy(() -> graph.input(GgmlType.F32, 1, 0))
                    .withMessage("graph: expected a tensor of 1 to 1073741824 bytes, found F32[1, 0]");
            GgmlTensor wide = graph.input(GgmlType.F32, 1, 1 << 15);
            assertThatIllegalArgumentException().isThrownBy(() -> graph.mulMat(wide, wide))
                    .withMessage("graph: expected a tensor of 1 to 1073741824 bytes, found F32[32768, 32768]");
        }
    }

    @Test
    void tensorsTakeAndGiveTheirBytes() {
        try (Arena arena = Arena.ofConfined(); GgmlGraph graph = new GgmlGraph(backend, 2)) {
            GgmlTensor half = graph.input(GgmlType.F16, 2, 3);
            GgmlTensor wide = graph.cast(half, GgmlType.F32);
            assertThat(List.of(half.type(), wide.type())).containsExactly(GgmlType.F16, GgmlType.F32);
            assertThat(List.of(wide.ne0(), wide.ne1(), half.bytes(), wide.bytes())).containsExactly(2L, 3L, 12L, 24L);
            graph.allocate();
            MemorySegment values = arena.allocate(12);
            for (int i = 0; i < 6; i++) {
                values.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(i - 2));
            }
            half.set(values);
            graph.compute();
            assertThat(half.toBytes()).isEqualTo(values.toArray(ValueLayout.JAVA_BYTE));
            assertThat(wide.toFloats()).containsExactly(-2, -1, 0, 1, 2, 3);
            assertThatIllegalArgumentException().isThrownBy(() -> half.set(1f))
                    .withMessage("tensor F16[2, 3]: expected type F32");
            assertThatIllegalArgumentException().isThrownBy(half::toFloats)
                    .withMessage("tensor F16[2, 3]: expected type F32");
        }
    }

    @Test
    void aBackendEndsOnceAndTakesNoGraphAfterwards() {
        GgmlBackend other = GgmlBackend.cpu(ggml, 2);
        GgmlGraph graph = new GgmlGraph(other, 1);
        graph.close();
        graph.close();
        other.close();
        other.close();
        assertThatIllegalStateException().isThrownBy(() -> new GgmlGraph(other, 1).close())
                .withMessage("backend: expected it open, found it closed");
    }

    @Test
    void aGraphAddsNothingAfterItsEnd() {
        GgmlGraph graph = new GgmlGraph(backend, 1);
        graph.close();
        assertThatIllegalStateException().isThrownBy(() -> graph.input(GgmlType.F32, 1, 1))
                .withMessage("graph: expected it before allocate(), found it closed");
    }

    @Test
    void theLogIsOneLineOfWhatCameLast() {
        GgmlLog log = ggml.log();
        log.take();
        assertThat(log.take()).isEqualTo("nothing");
        try (Arena arena = Arena.ofConfined()) {
            log.add(text(arena, "first\n".getBytes(StandardCharsets.UTF_8)));
            log.add(text(arena, new byte[]{'s', (byte) 0xff, '\n'}));
            assertThat(log.take()).isEqualTo("first; s\ufffd");
            assertThat(log.take()).isEqualTo("nothing");
            byte[] longest = new byte[20_000];
            Arrays.fill(longest, (byte) 'x');
            log.add(text(arena, longest));
            assertThat(log.take()).isEqualTo("x".repeat(16_384));
            log.add(text(arena, Arrays.copyOf(longest, 16_384)));
            log.add(text(arena, new byte[]{'y', 'z'}));
            assertThat(log.take()).isEqualTo("x".repeat(16_382) + "yz");
        }
    }

    /** With its NUL, in room for the longest line that is read. */
    private static MemorySegment text(Arena arena, byte[] bytes) {
        return arena.allocate(32_768).copyFrom(MemorySegment.ofArray(bytes));
    }

    @Test
    void librariesAreFoundUnderTheirNames(@TempDir Path folder) throws Exception {
        assertThat(ggml.folder()).isEqualTo(NativeFiles.folder());
        assertThatExceptionOfType(IncompatibleLibraryException.class)
                .isThrownBy(() -> ggml.libraries().address("ggml_fly"))
                .withMessage(ggml.folder() + ": the function ggml_fly is missing;"
                        + " this suite knows ggml 0.25.1 and llama.cpp v0.5.0");
        Path text = Files.writeString(folder.resolve("libggml-base.so.0"), "no library");
        Files.writeString(folder.resolve("libggml-base.so.1"), "no library");
        assertThatExceptionOfType(IncompatibleLibraryException.class).isThrownBy(() -> Ggml.open(folder))
                .withMessageStartingWith(text + ": cannot be loaded: ");
        assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(() -> Ggml.open(folder.resolve("none")));
    }

    @Test
    void refusesASecondCpuVariant() {
        Path variant = NativeFiles.folder().resolve("libggml-cpu-x64.so");
        assertThatExceptionOfType(GgmlException.class).isThrownBy(() -> GgmlBackend.load(ggml, variant, 1).close())
                .withMessage(variant + ": expected a process without a CPU backend, found one loaded;"
                        + " ggml takes one CPU variant per process");
    }

    @Test
    void refusesAFolderWithoutGgml(@TempDir Path folder) {
        assertThatExceptionOfType(IncompatibleLibraryException.class).isThrownBy(() -> Ggml.open(folder))
                .withMessage(folder + ": expected a library ggml-base, found none;"
                        + " build it with mvn -DskipTests package -pl native -am");
    }

    private static double[] exact(short[] weights, float[] x) {
        double[] y = new double[OUTPUTS * TOKENS];
        for (int t = 0; t < TOKENS; t++) {
            for (int o = 0; o < OUTPUTS; o++) {
                for (int i = 0; i < INPUTS; i++) {
                    y[t * OUTPUTS + o] += (double) Float.intBitsToFloat(weights[o * INPUTS + i] << 16)
                            * x[t * INPUTS + i];
                }
            }
        }
        return y;
    }

    private static double maxAbsDiff(double[] expected, float[] found) {
        assertThat(found).hasSameSizeAs(expected);
        double max = 0;
        for (int i = 0; i < found.length; i++) {
            max = Math.max(max, Math.abs(expected[i] - found[i]));
        }
        return max;
    }
}
