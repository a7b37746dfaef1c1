package rwkvms.ggml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import rwkvms.gguf.GgufEntry;
import rwkvms.gguf.GgufFile;
import rwkvms.gguf.GgufReader;

/** ggml's reading of a GGUF header compared with the independent reading in Java. */
class GgufHeaderTests {
    private static final Path GOLDEN = Path.of(System.getProperty("rwkvms.root"), "golden", "data");
    private static final Ggml GGML = Ggml.open();

    static Stream<Path> sidecars() throws IOException {
        try (Stream<Path> cases = Files.list(GOLDEN)) {
            return cases.map(folder -> folder.resolve("sidecar.gguf")).filter(Files::exists).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("sidecars")
    void readsWhatTheJavaReaderReads(Path sidecar) throws Exception {
        try (Arena arena = Arena.ofConfined(); GgufHeader header = GgufHeader.open(GGML, sidecar)) {
            GgufFile file = GgufReader.read(sidecar, arena);
            List<GgufHeader.TensorInfo> expected = file.tensors().stream()
                    .map(tensor -> new GgufHeader.TensorInfo(tensor.name(), Math.toIntExact(tensor.typeId()),
                            tensor.dataOffset(), tensor.byteSize().orElseThrow()))
                    .toList();
            assertThat(header.tensors()).isNotEmpty().isEqualTo(expected);
            assertThat(header.keys()).isNotEmpty()
                    .isEqualTo(file.entries().stream().map(GgufEntry::key).toList());
            assertThat(header.version()).isEqualTo(file.version());
            assertThat(header.dataOffset()).isEqualTo(file.dataStart());
        }
    }

    @Test
    void saysWhyGgmlRefuses(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("a.gguf"), "no GGUF file at all");
        assertThatExceptionOfType(GgmlException.class).isThrownBy(() -> GgufHeader.open(GGML, file).close())
                .withMessage(file + ": expected a GGUF file that ggml reads; ggml says:"
                        + " gguf_init_from_reader: invalid magic characters: 'no G', expected 'GGUF'");
    }

    @Test
    void readsDataThatIsThereAndSaysWhatIsMissing(@TempDir Path folder) throws Exception {
        byte[] whole = Files.readAllBytes(GOLDEN.resolve("basic").resolve("sidecar.gguf"));
        GgufHeader.readData(GGML, GOLDEN.resolve("basic").resolve("sidecar.gguf"));
        Path cut = Files.write(folder.resolve("cut.gguf"), Arrays.copyOf(whole, whole.length - 64));
        GgufHeader.open(GGML, cut).close();
        assertThatExceptionOfType(GgmlException.class).isThrownBy(() -> GgufHeader.readData(GGML, cut))
                .withMessageStartingWith(cut + ": expected tensor data that ggml reads; ggml says: gguf_init");
    }

    @Test
    void refusesUseAfterClose() throws Exception {
        GgufHeader header = GgufHeader.open(GGML, GOLDEN.resolve("basic").resolve("sidecar.gguf"));
        header.close();
        header.close();
        assertThatIllegalStateException().isThrownBy(header::keys)
                .withMessage(GOLDEN.resolve("basic").resolve("sidecar.gguf") + ": the header is closed");
    }
}
