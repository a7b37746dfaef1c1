package rwkvms.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.sidecar.testing.GgufBytes;

class GgufWriterTests {
    private static final List<GgufPair> PAIRS = List.of(new GgufPair("k", GgufValue.u32(7)));
    private static final List<GgufTensor> TENSORS = List.of(tensor("t", 1, 2, 3), tensor("s", 4));

    private static GgufTensor tensor(String name, int... bytes) {
        byte[] data = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            data[i] = (byte) bytes[i];
        }
        return new GgufTensor(name, GgmlType.I8, List.of((long) bytes.length), MemorySegment.ofArray(data));
    }

    @Test
    void writesTheLayoutByteForByte() {
        byte[] expected = GgufBytes.header(3, 2, 1).text("k").u32(4).u32(7).tensor("t", 24, 0, 3)
                .tensor("s", 24, 32, 1).padTo(128).raw(new byte[]{1, 2, 3}).padTo(160).raw((byte) 4).padTo(192)
                .bytes();

        assertThat(GgufWriter.toBytes(PAIRS, TENSORS)).isEqualTo(expected);
    }

    /** Data goes out in windows of 8 MiB. */
    @Test
    void writesTensorsLargerThanAWindow() throws GgufException {
        byte[] data = new byte[(8 << 20) + 5];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) (i * 31 >>> 4);
        }
        byte[] bytes = GgufWriter.toBytes(List.of(), List.of(new GgufTensor("t", GgmlType.I8,
                List.of((long) data.length), MemorySegment.ofArray(data))));
        GgufFile file = GgufReader.read(MemorySegment.ofArray(bytes));
        assertThat(file.data(file.tensors().getFirst()).mismatch(MemorySegment.ofArray(data))).isEqualTo(-1);
        assertThat(bytes).hasSize(64 + (8 << 20) + 32);
    }

    @Test
    void writesValuesThatReadBackEqual() throws GgufException {
        List<GgufValue> values = List.of(new GgufValue.Int(GgufType.UINT8, 200), new GgufValue.Int(GgufType.INT8, -5),
                new GgufValue.Int(GgufType.UINT16, 65535), new GgufValue.Int(GgufType.INT16, -2),
                GgufValue.u32(-1L & 0xffffffffL),
                new GgufValue.Int(GgufType.INT32, Integer.MIN_VALUE), GgufValue.f32(0.1f), new GgufValue.Bool(true),
                new GgufValue.Bool(false), GgufValue.text(""), GgufValue.text("Größe 🙂"),
                GgufValue.u64(Long.MIN_VALUE),
                new GgufValue.Int(GgufType.INT64, Long.MIN_VALUE), new GgufValue.Real(GgufType.FLOAT64, 0.1),
                GgufArray.of(GgufType.STRING, List.of(GgufValue.text("a"), GgufValue.text(""))),
                GgufArray.of(GgufType.ARRAY, List.of(GgufArray.of(GgufType.BOOL, List.of(new GgufValue.Bool(true))))),
                GgufArray.of(GgufType.FLOAT32, List.of()));
        List<GgufPair> pairs = values.stream().map(value -> new GgufPair("key " + value.type().label(), value))
                .toList();

        GgufFile file = GgufReader.read(MemorySegment.ofArray(GgufWriter.toBytes(pairs, List.of())));

        assertThat(file.entries().stream().map(GgufEntry::value)).isEqualTo(values);
    }

    @Test
    void refusesATensorWhoseBytesAreNotItsShape() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new GgufTensor("t", GgmlType.F32, List.of(2L), MemorySegment.ofArray(new byte[4])))
                .withMessage("tensor \"t\": expected 8 bytes for F32 ne [2], found 4 bytes");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new GgufTensor("t", GgmlType.Q8_0, List.of(2L), MemorySegment.ofArray(new byte[4])))
                .withMessage("tensor \"t\": expected whole blocks for Q8_0 ne [2], found 4 bytes");
    }

    @Test
    void refusesAnArrayOfMixedTypes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GgufArray.of(GgufType.UINT32, List.of(GgufValue.text("a"))))
                .withMessage("array of u32: expected elements of that type, found str");
    }

    @Test
    void replacesAFileOnlyWhenAsked(@TempDir Path folder) throws IOException {
        Path target = Files.writeString(folder.resolve("a.gguf"), "old");

        assertThatExceptionOfType(FileAlreadyExistsException.class)
                .isThrownBy(() -> GgufWriter.write(target, PAIRS, TENSORS, false))
                .withMessage(target + ": expected no such file; ask for replacement to overwrite it");
        assertThat(target).hasContent("old");

        GgufWriter.write(target, PAIRS, TENSORS, true);
        assertThat(target).hasBinaryContent(GgufWriter.toBytes(PAIRS, TENSORS));
        assertThat(folder.toFile().list()).containsExactly("a.gguf");
    }
}
