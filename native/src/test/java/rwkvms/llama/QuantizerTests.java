package rwkvms.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.ggml.Device;
import rwkvms.ggml.Ggml;
import rwkvms.gguf.GgmlType;
import rwkvms.gguf.GgufReader;
import rwkvms.gguf.GgufTensorInfo;

/** Models that llama.cpp quantises: what their tensors become, and what is refused. */
@TestInstance(Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // set before all tests
final class QuantizerTests {
    private static final long SEED = 7;
    /** Norms, scales, factors of frequencies, and the projection of all layers' inputs, which llama.cpp never quantises. */
    private static final int PLAIN = 12 * 8 + 4;
    private static final int MATRICES = 12 * 9 + 2;

    @TempDir
    private static Path folder;

    private Llama llama;
    private Quantizer quantizer;
    private Path plain;

    @BeforeAll
    void write() throws Exception {
        llama = Llama.open(Ggml.open());
        quantizer = Quantizer.of(llama);
        plain = folder.resolve("plain.gguf");
        TinyGemma4.write(plain, Gemma4Sizes.miniature(), SEED);
    }

    private static Map<GgmlType, Integer> types(Path file) throws IOException {
        Map<GgmlType, Integer> types = new TreeMap<>();
        try (Arena arena = Arena.ofConfined()) {
            for (GgufTensorInfo tensor : GgufReader.read(file, arena).tensors()) {
                types.merge(tensor.type().orElseThrow(), 1, Integer::sum);
            }
        }
        return types;
    }

    /** Every matrix of the miniature takes every type: none falls back to another one. */
    @ParameterizedTest
    @CsvSource({"F16,F16,0", "BF16,BF16,0", "Q8_0,Q8_0,0", "Q6_K,Q6_K,0", "Q4_0,Q4_0,2", "Q4_K_M,Q4_K,14"})
    void everyMatrixIsOfTheType(FileType type, GgmlType most, int better) throws Exception {
        Path file = folder.resolve(type + ".gguf");
        quantizer.write(plain, file, type);
        Map<GgmlType, Integer> expected = new TreeMap<>(Map.of(GgmlType.F32, PLAIN, most, MATRICES - better));
        if (better > 0) {
            expected.put(GgmlType.Q6_K, better);
        }
        assertThat(types(file)).isEqualTo(expected);
    }

    @Test
    void weightsAreRepackedOnlyIfTheyMayBe() throws Exception {
        Path file = folder.resolve("repacked.gguf");
        quantizer.write(plain, file, FileType.Q4_0);
        try (LlamaModel may = llama.load(file, Optional.empty(), true);
                LlamaModel mayNot = llama.load(file, Optional.empty(), false)) {
            assertThat(mayNot.repacked()).as(mayNot.buffers().toString()).isFalse();
            assertThat(mayNot.buffers()).isNotEmpty().isSubsetOf(may.buffers());
            assertThat(may.repacked()).isEqualTo(may.buffers().size() > mayNot.buffers().size());
        }
    }

    @Test
    void buffersAreThoseOfTheLog() {
        List<String> buffers = Llama.buffers("load_tensors:   CPU_Mapped model buffer size =     8.20 MiB; "
                + "load_tensors:      Vulkan0 model buffer size =     1.00 MiB; kv: CPU KV buffer size = 1 MiB");
        assertThat(buffers).containsExactly("CPU_Mapped", "Vulkan0");
        assertThat(repacked(List.of("CPU", "CPU_Mapped", "Vulkan_Host", "Vulkan0"))).isFalse();
        assertThat(repacked(List.of("CPU_Mapped", "CPU_REPACK"))).isTrue();
        assertThat(repacked(List.of("Vulkan0", "AMX"))).isTrue();
    }

    private boolean repacked(List<String> buffers) {
        Device device = new Device("Vulkan0", "any", "GPU", 1, 1, "libggml-vulkan.so", "Vulkan0");
        return new LlamaModel(llama, plain, MemorySegment.NULL, Optional.of(device), 0, buffers).repacked();
    }

    @Test
    void aModelThatIsQuantisedAlreadyIsRefused() throws Exception {
        Path once = folder.resolve("once.gguf");
        Path twice = folder.resolve("twice.gguf");
        quantizer.write(plain, once, FileType.Q8_0);
        assertThatExceptionOfType(LlamaException.class).isThrownBy(() -> quantizer.write(once, twice, FileType.Q4_0))
                .withMessageStartingWith(
                        once + ": expected a model that llama.cpp makes Q4_0 of, found status 1; it says: ")
                .withMessageEndingWith("failed to quantize: requantizing from type q8_0 is disabled");
        assertThat(twice).doesNotExist();
        assertThat(folder.resolve("twice.gguf.part")).doesNotExist();
    }

    @Test
    void whatIsNoModelIsRefusedAndTheOldFileStays() throws Exception {
        Path none = Files.writeString(folder.resolve("none.gguf"), "no model");
        Path old = Files.writeString(folder.resolve("old.gguf"), "old");
        assertThatExceptionOfType(LlamaException.class).isThrownBy(() -> quantizer.write(none, old, FileType.Q8_0))
                .withMessageStartingWith(none + ": expected a model that llama.cpp makes Q8_0 of, found status 1; ");
        assertThat(old).hasContent("old");
    }
}
