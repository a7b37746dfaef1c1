package rwkvms.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.sidecar.testing.GgufBytes;

class GgufReaderTests {
    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void readsKeysTensorsAndWhereTheyStand(int version) throws GgufException {
        GgufFile file = GgufBytes.header(version, 1, 1).text("a.key").u32(4).u32(7).tensor("t", 30, 0, 3, 2).padTo(96)
                .raw(new byte[]{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}).read();

        assertThat(file.version()).isEqualTo(version);
        assertThat(file.entries()).containsExactly(new GgufEntry("a.key", GgufValue.u32(7), 24, 41));
        assertThat(file.tensors()).containsExactly(new GgufTensorInfo("t", List.of(3L, 2L), 30, 0, 45, 58));
        assertThat(file.tensors().getFirst().type()).contains(GgmlType.BF16);
        assertThat(file.tensors().getFirst().typeOffset()).isEqualTo(74);
        assertThat(file.tensors().getFirst().dataOffsetOffset()).isEqualTo(78);
        assertThat(file.infoEnd()).isEqualTo(86);
        assertThat(file.dataStart()).isEqualTo(96);
        assertThat(file.data(file.tensors().getFirst()).toArray(ValueLayout.JAVA_BYTE)).containsExactly(1, 2, 3, 4, 5,
                6, 7, 8, 9, 10, 11, 12);
    }

    @Test
    void readsEveryValueType() throws GgufException {
        GgufFile file = GgufBytes.header(3, 0, 14).text("u8").u32(0).number(255, 1).text("i8").u32(1).number(-1, 1)
                .text("u16").u32(2).number(65535, 2).text("i16").u32(3).number(-2, 2).text("u32").u32(4)
                .u32(4294967295L).text("i32").u32(5).u32(-3).text("f32").u32(6).u32(Float.floatToIntBits(0.1f))
                .text("bool").u32(7).number(1, 1).text("str").u32(8).text("Größe").text("array").u32(9).u32(2).u64(2)
                .number(1, 2).number(2, 2).text("u64").u32(10).u64(-1).text("i64").u32(11).u64(-1).text("f64").u32(12)
                .u64(Double.doubleToLongBits(0.1)).text("nested").u32(9).u32(9).u64(1).u32(8).u64(2).text("x")
                .text("y").read();

        assertThat(file.entries().stream().map(entry -> entry.key() + " " + entry.value())).containsExactly("u8 255",
                "i8 -1", "u16 65535", "i16 -2", "u32 4294967295", "i32 -3", "f32 0.1", "bool true", "str \"Größe\"",
                "array array of 2 u16", "u64 18446744073709551615", "i64 -1", "f64 0.1", "nested array of 1 array");
        assertThat(file.entries().stream().map(entry -> entry.value().type().label() + entry.value().type().id()))
                .containsExactly("u80", "i81", "u162", "i163", "u324", "i325", "f326", "bool7", "str8", "array9",
                        "u6410", "i6411", "f6412", "array9");
        assertThat(((GgufArray) file.entries().get(9).value()).elements()).containsExactly(
                new GgufValue.Int(GgufType.UINT16, 1), new GgufValue.Int(GgufType.UINT16, 2));
        GgufArray nested = (GgufArray) file.entries().getLast().value();
        assertThat(((GgufArray) nested.elements().getFirst()).elements()).containsExactly(GgufValue.text("x"),
                GgufValue.text("y"));
    }

    @Test
    void keepsDuplicatesForWhoeverAsks() throws GgufException {
        GgufFile file = GgufBytes.header(3, 2, 2).text("k").u32(4).u32(1).text("k").u32(4).u32(2).tensor("t", 0, 0, 1)
                .tensor("t", 0, 32, 1).read();

        assertThat(file.entries("k").stream().map(GgufEntry::value)).containsExactly(GgufValue.u32(1),
                GgufValue.u32(2));
        assertThat(file.tensors("t").stream().map(GgufTensorInfo::dataOffset)).containsExactly(0L, 32L);
        assertThat(file.entries("absent")).isEmpty();
    }

    @Test
    void refusesAnotherMagic() {
        refuses(new GgufBytes().ascii("GGML").u32(3).u64(0).u64(0), GgufFault.MAGIC,
                "magic at byte 0: expected 0x46554747 (\"GGUF\"), found 0x4c4d4747");
    }

    @Test
    void refusesOtherVersions() {
        refuses(GgufBytes.header(1, 0, 0), GgufFault.VERSION, "version at byte 4: expected 2 or 3, found 1");
        refuses(GgufBytes.header(4, 0, 0), GgufFault.VERSION, "version at byte 4: expected 2 or 3, found 4");
        refuses(GgufBytes.header(0x01000000, 0, 0), GgufFault.VERSION,
                "version at byte 4: expected 2 or 3, found 16777216 (a big-endian file)");
        refuses(GgufBytes.header(0x04000000, 0, 0), GgufFault.VERSION,
                "version at byte 4: expected 2 or 3, found 67108864");
        refuses(GgufBytes.header(0x03000000, 0, 0), GgufFault.VERSION,
                "version at byte 4: expected 2 or 3, found 50331648 (a big-endian file)");
    }

    @Test
    void refusesAFileThatEndsInItsHeader() {
        refuses(new GgufBytes(), GgufFault.TRUNCATED, "magic at byte 0: expected 4 bytes, found 0 before the end");
        refuses(GgufBytes.header(3, 0, 1).text("key").u32(10).u32(0).padTo(44), GgufFault.TRUNCATED,
                "key \"key\" at byte 39: expected 8 bytes, found 5 before the end");
    }

    @Test
    void refusesEveryPrefixOfAHeader() throws GgufException {
        GgufBytes whole = GgufBytes.header(3, 1, 2).text("k").u32(8).text("text").text("a").u32(9).u32(8).u64(2)
                .text("x").text("y").tensor("t", 0, 0, 1);
        assertThat(whole.read().infoEnd()).isEqualTo(whole.size());
        for (int length = 0; length < whole.size(); length++) {
            byte[] prefix = Arrays.copyOf(whole.bytes(), length);
            assertThatExceptionOfType(GgufException.class).as("the first %d bytes", length)
                    .isThrownBy(() -> GgufReader.read(MemorySegment.ofArray(prefix)))
                    .satisfies(refused -> assertThat(refused.problem().fault()).isIn(GgufFault.TRUNCATED,
                            GgufFault.COUNT));
        }
    }

    @Test
    void refusesCountsBeyondTheFile() {
        refuses(GgufBytes.header(3, 0, 1L << 62), GgufFault.COUNT,
                "key count at byte 16: expected at most 0 (0 bytes follow), found 4611686018427387904");
        refuses(GgufBytes.header(3, -1, 0), GgufFault.COUNT,
                "tensor count at byte 8: expected at most 0 (8 bytes follow), found 18446744073709551615");
        refuses(GgufBytes.header(3, 0, GgufLimits.MAX_ENTRIES + 1).padTo(2_000_000), GgufFault.LIMIT,
                "key count at byte 16: expected at most 65536, found 65537");
        refuses(GgufBytes.header(3, 0, 1).text("a").u32(9).u32(10).u64(2).u64(1), GgufFault.COUNT,
                "key \"a\", element count at byte 41: expected at most 1 (8 bytes follow), found 2");
    }

    @Test
    void refusesStringsBeyondTheFile() {
        refuses(GgufBytes.header(3, 0, 1).u64(-1).padTo(64), GgufFault.TRUNCATED,
                "key 0's name at byte 24: expected a string of at most 32 bytes (the rest of the file), "
                        + "found 18446744073709551615");
    }

    @Test
    void refusesMoreTextThanItsLimit() {
        byte[] bytes = GgufBytes.header(3, 0, 1).text("k").u32(8).u64(GgufLimits.MAX_TEXT_BYTES).bytes();
        byte[] file = Arrays.copyOf(bytes, bytes.length + (int) GgufLimits.MAX_TEXT_BYTES);
        assertThatExceptionOfType(GgufException.class)
                .isThrownBy(() -> GgufReader.read(MemorySegment.ofArray(file)))
                .withMessage("key \"k\" at byte 45: expected at most 67108864 bytes of strings together, "
                        + "found 67108865 so far");
    }

    @Test
    void readsOnBehindMalformedUtf8AndKeepsItsBytesApart() throws GgufException {
        GgufFile file = GgufBytes.header(3, 0, 2).u64(3).raw((byte) 'a', (byte) 0xc3, (byte) 0x28).u32(4).u32(7)
                .u64(3).raw((byte) 'a', (byte) 0xc4, (byte) 0x28).u32(4).u32(8).read();
        has(file, GgufFault.UTF8, Rulings.GGUF_ONLY,
                "key 0's name at byte 33: expected well-formed UTF-8, found byte 0xc3",
                "key 1's name at byte 52: expected well-formed UTF-8, found byte 0xc4");
        assertThat(file.entries().stream().map(GgufEntry::key)).containsExactly("a\udcc3(", "a\udcc4(");
        assertThat(file.entries().getLast().value()).isEqualTo(GgufValue.u32(8));
    }

    @Test
    void refusesUnknownValueTypes() {
        refuses(GgufBytes.header(3, 0, 1).text("k").u32(13).u32(0), GgufFault.VALUE_TYPE,
                "key \"k\", type at byte 33: expected a value type of 0 to 12, found 13");
    }

    @Test
    void readsOnBehindBoolsOtherThanZeroAndOne() throws GgufException {
        GgufFile file = GgufBytes.header(3, 0, 2).text("k").u32(7).number(2, 1).text("a").u32(9).u32(7).u64(3)
                .number(0xff0001, 3).read();
        has(file, GgufFault.BOOL, Rulings.GGUF_ONLY, "key \"k\" at byte 37: expected a bool of 0 or 1, found 2",
                "key \"a\" at byte 65: expected a bool of 0 or 1, found 255");
        assertThat(file.entries().getFirst().value()).isEqualTo(new GgufValue.Bool(true));
    }

    @Test
    void looksIntoArrays() throws GgufException {
        has(GgufBytes.header(3, 0, 1).text("a").u32(9).u32(8).u64(2).text("x").u64(1).raw((byte) 0x80).read(),
                GgufFault.UTF8, Rulings.GGUF_ONLY,
                "key \"a\" at byte 66: expected well-formed UTF-8, found byte 0x80");
        GgufFile clean = GgufBytes.header(3, 0, 2).text("a").u32(9).u32(7).u64(1).number(1, 1).text("abc").u32(0)
                .number(2, 1).read();
        assertThat(clean.problems()).isEmpty();
    }

    @Test
    void keepsABoundedNumberOfFaults() throws GgufException {
        GgufBytes bytes = GgufBytes.header(3, 0, 1002);
        for (int i = 0; i < 1002; i++) {
            bytes.text("k").u32(7).number(2, 1);
        }
        assertThat(bytes.read().problems()).hasSize(GgufProblems.MAX_PER_FAULT);
    }

    @Test
    void takesAsMuchAsItsLimits() throws GgufException {
        assertThat(GgufBytes.header(3, 0, GgufLimits.MAX_ENTRIES).padTo(24 + 13 * GgufLimits.MAX_ENTRIES).read()
                .entries()).hasSize(GgufLimits.MAX_ENTRIES);
        byte[] bytes = GgufBytes.header(3, 0, 1).text("k").u32(8).u64(GgufLimits.MAX_TEXT_BYTES - 1).bytes();
        byte[] file = Arrays.copyOf(bytes, bytes.length + (int) GgufLimits.MAX_TEXT_BYTES - 1);
        assertThat(GgufReader.read(MemorySegment.ofArray(file)).entries()).hasSize(1);
        assertThat(GgufBytes.header(3, 1, 0).tensor("t", 0, 0, 1, 2, 3, 4).read().tensors().getFirst().ne())
                .containsExactly(1L, 2L, 3L, 4L);
    }

    @Test
    void readsOnBehindNestedArrays() throws GgufException {
        has(GgufBytes.header(3, 0, 1).text("k").u32(9).u32(9).u64(1).u32(4).u64(1).u32(5).read(),
                GgufFault.NESTED_ARRAY, Rulings.GGML_ONLY,
                "key \"k\" at byte 49: expected an array of plain values, found one of arrays");
    }

    @Test
    void stopsWithWhatItMetBefore() {
        assertThatExceptionOfType(GgufException.class)
                .isThrownBy(() -> GgufBytes.header(3, 0, 2).text("k").u32(7).number(2, 1).text("longer").read())
                .satisfies(stopped -> assertThat(stopped.earlier()).extracting(GgufProblem::fault)
                        .containsExactly(GgufFault.BOOL))
                .satisfies(stopped -> assertThat(stopped.problem().fault()).isEqualTo(GgufFault.TRUNCATED));
    }

    @Test
    void refusesDeeplyNestedArrays() {
        GgufBytes bytes = GgufBytes.header(3, 0, 1).text("k").u32(9);
        for (int depth = 0; depth < 100_000; depth++) {
            bytes.u32(9).u64(1);
        }
        refuses(bytes, GgufFault.ARRAY_DEPTH, "key \"k\" at byte 85: expected arrays nested at most 4 deep, "
                + "found one more");
    }

    @Test
    void refusesMoreThanFourDimensions() {
        refuses(GgufBytes.header(3, 1, 0).tensor("t", 0, 0, 1, 1, 1, 1, 1), GgufFault.DIMENSIONS,
                "tensor \"t\", dimension count at byte 33: expected at most 4, found 5");
    }

    @Test
    void readsOnBehindAlignmentsThatAreNone() throws GgufException {
        alignment(4, 48, 4, "u32 48", Rulings.GGML_ONLY, 32);
        alignment(4, 4, 4, "u32 4", Rulings.GGUF_ONLY, 4);
        alignment(4, 0, 4, "u32 0", Rulings.BOTH, 32);
        alignment(10, 64, 8, "u64 64", Rulings.BOTH, 32);
        assertThat(GgufBytes.header(3, 0, 1).text("general.alignment").u32(4).u32(1L << 31).read().alignment())
                .isEqualTo(1L << 31);
    }

    private static void alignment(int type, long value, int bytes, String shown, Rulings rulings, long taken)
            throws GgufException {
        GgufFile file = GgufBytes.header(3, 0, 1).text("general.alignment").u32(type).number(value, bytes).read();
        has(file, GgufFault.ALIGNMENT, rulings, "key \"general.alignment\" at byte 53: "
                + "expected a u32 that is a power of two and a multiple of 8, found " + shown);
        assertThat(file.alignment()).isEqualTo(taken);
    }

    /** ggml compares keys as C strings. */
    @Test
    void takesTheAlignmentThatGgmlTakes() throws GgufException {
        GgufFile file = GgufBytes.header(3, 0, 2).text("general.alignment\0x").u32(4).u32(64)
                .text("general.alignment").u32(4).u32(16).read();
        assertThat(file.alignment()).isEqualTo(64);
    }

    @Test
    void takesAnotherAlignment() throws GgufException {
        GgufFile file = GgufBytes.header(3, 0, 1).text("general.alignment").u32(4).u32(64).read();
        assertThat(file.alignment()).isEqualTo(64);
        assertThat(file.dataStart()).isEqualTo(64);
    }

    @Test
    void refusesToTakeDataOfTensorsThatHaveNone() throws GgufException {
        refusesData("tensor \"t\" at byte 53: expected a ggml type, found 31", 31, 0, 1, 1);
        refusesData("tensor \"t\" at byte 37: expected dimensions of whole F32 blocks whose size fits 63 bits, "
                + "found ne [4294967296, 4294967296]", 0, 0, 1L << 32, 1L << 32);
        refusesData("tensor \"t\" at byte 37: expected dimensions of whole F32 blocks whose size fits 63 bits, "
                + "found ne [-1, 1]", 0, 0, -1, 1);
        refusesData("tensor \"t\" at byte 37: expected dimensions of whole Q8_0 blocks whose size fits 63 bits, "
                + "found ne [16, 2]", 8, 0, 16, 2);
        refusesData("tensor \"t\" at byte 57: expected its 36 bytes within the 32 of tensor data, found offset 0", 0,
                0, 3, 3);
        refusesData("tensor \"t\" at byte 57: expected its 4 bytes within the 32 of tensor data, found offset 29", 0,
                29, 1, 1);
        refusesData("tensor \"t\" at byte 57: expected its 4 bytes within the 32 of tensor data, "
                + "found offset 18446744073709551615", 0, -1, 1, 1);
    }

    @Test
    void arraysAreEqualByTypeCountAndElements() {
        GgufArray one = GgufArray.of(GgufType.UINT32, List.of(GgufValue.u32(1)));
        assertThat(one).isEqualTo(GgufArray.of(GgufType.UINT32, List.of(GgufValue.u32(1))))
                .hasSameHashCodeAs(GgufArray.of(GgufType.UINT32, List.of(GgufValue.u32(1))))
                .isNotEqualTo(GgufArray.of(GgufType.UINT32, List.of(GgufValue.u32(2))))
                .isNotEqualTo(GgufArray.of(GgufType.FLOAT32, List.of(GgufValue.f32(Float.MIN_VALUE))))
                .isNotEqualTo(GgufArray.of(GgufType.UINT32, List.of())).isNotEqualTo(GgufValue.u32(1));
        assertThat(one.hashCode()).isNotEqualTo(GgufArray.of(GgufType.UINT32, List.of()).hashCode());
    }

    @Test
    void saysThatAMissingFileIsMissing(@TempDir Path folder) {
        try (Arena arena = Arena.ofConfined()) {
            assertThatExceptionOfType(NoSuchFileException.class)
                    .isThrownBy(() -> GgufReader.read(folder.resolve("absent"), arena));
        }
    }

    @Test
    void mapsAFile(@TempDir Path folder) throws IOException {
        Path path = Files.write(folder.resolve("a.gguf"), GgufBytes.header(3, 0, 1).text("k").u32(4).u32(1).bytes());
        try (Arena arena = Arena.ofConfined()) {
            assertThat(GgufReader.read(path, arena).entries("k")).hasSize(1);
        }
    }

    private static void has(GgufFile file, GgufFault fault, Rulings rulings, String... messages) {
        assertThat(file.problems()).extracting(GgufProblem::message).containsExactly(messages);
        assertThat(file.problems()).allSatisfy(problem -> {
            assertThat(problem.fault()).isEqualTo(fault);
            assertThat(problem.rulings()).isEqualTo(rulings);
        });
    }

    private static void refuses(GgufBytes bytes, GgufFault fault, String message) {
        assertThatExceptionOfType(GgufException.class).isThrownBy(bytes::read).withMessage(message)
                .satisfies(refused -> assertThat(refused.problem().fault()).isEqualTo(fault));
    }

    private static void refusesData(String message, int type, long offset, long... ne) throws GgufException {
        GgufFile file = GgufBytes.header(3, 1, 0).tensor("t", type, offset, ne).padTo(128).read();
        assertThatExceptionOfType(GgufException.class).isThrownBy(() -> file.data(file.tensors().getFirst()))
                .withMessage(message);
    }
}
