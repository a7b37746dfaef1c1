package rwkvms.ggml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.gguf.GgmlType;
import rwkvms.nativeruntime.IncompatibleLibraryException;
import rwkvms.nativeruntime.NativeFiles;

/** ggml as it is loaded: its libraries, its log, and its products compared with exact ones. */
@TestInstance(Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // set before all tests
class GgmlTests {
    private static final int INPUTS = 2560;
    private static final int OUTPUTS = 16;
    private static final int TOKENS = 9;
    /** Of a weight; a value of the input has 1. */
    private static final double DEVIATION = 0.02;

    /**
     * Six standard deviations of the rounding errors of a product. A partial sum of k terms is about s sqrt(k), s = {@link
     * #DEVIATION}, and is rounded by at most 2^-24 of itself, evenly spread: a chain of m terms has the variance s² 2^-48 / 3 · m² / 2.
     * No kernel of ggml has fewer than four chains of n / 4 terms (one vector of SSE or NEON): s 2^-24 n / sqrt(6 · 4) for all.
     */
    private static final double LIMIT = 6 * DEVIATION * 0x1p-24 * INPUTS / Math.sqrt(6 * 4);

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

    /** 1e-5: the limit of the cast is 3.7e-6. */
    @Test
    void onlyACastToF32MeetsTheTolerance() {
        Random random = new Random(7);
        short[] weights = new short[INPUTS * OUTPUTS];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (short) (Float.floatToIntBits((float) (DEVIATION * random.nextGaussian())) >> 16);
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
            assertThat(maxAbsDiff(exact, cast.toFloats())).isLessThan(LIMIT);
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
    void castsTakeTheValues() {
        try (GgmlGraph graph = new GgmlGraph(backend, 2)) {
            GgmlTensor half = graph.input(GgmlType.F16, 2, 3);
            GgmlTensor wide = graph.cast(half, GgmlType.F32);
            graph.allocate();
            short[] values = new short[6];
            for (int i = 0; i < values.length; i++) {
                values[i] = Float.floatToFloat16(i - 2);
            }
            half.set(MemorySegment.ofArray(values));
            graph.compute();
            assertThat(wide.toFloats()).containsExactly(-2, -1, 0, 1, 2, 3);
        }
    }

    @Test
    void theLogIsOneLineOfWhatCameLast() {
        GgmlLog log = ggml.log();
        log.take();
        assertThat(log.take()).isEqualTo("nothing");
        try (Arena arena = Arena.ofConfined()) {
            log.add(2, text(arena, "first\n".getBytes(StandardCharsets.UTF_8)));
            log.add(2, text(arena, new byte[]{'s', (byte) 0xff, '\n'}));
            assertThat(log.take()).isEqualTo("first; s\ufffd");
            assertThat(log.take()).isEqualTo("nothing");
            byte[] longest = new byte[20_000];
            Arrays.fill(longest, (byte) 'x');
            log.add(2, text(arena, longest));
            assertThat(log.take()).isEqualTo("x".repeat(16_384));
            log.add(2, text(arena, Arrays.copyOf(longest, 16_384)));
            log.add(2, text(arena, new byte[]{'y', 'z'}));
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
                        + " docs/llama-releases.md lists the releases of llama.cpp that have it");
        Files.writeString(folder.resolve("libraries.txt"), "ggml-base base.so\n");
        Path text = Files.writeString(folder.resolve("base.so"), "no library");
        assertThatExceptionOfType(IncompatibleLibraryException.class).isThrownBy(() -> Ggml.open(folder))
                .withMessageStartingWith(text + ": cannot be loaded: ");
    }

    @Test
    void refusesAFolderWithoutGgml(@TempDir Path folder) {
        assertThatExceptionOfType(IncompatibleLibraryException.class).isThrownBy(() -> Ggml.open(folder))
                .withMessageStartingWith(folder.resolve("libraries.txt") + ": expected the list");
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
