package rwkvms.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.gguf.Quote;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

class SafetensorsTests {
    @TempDir
    private Path folder = Path.of("");

    private Path file() {
        return folder.resolve("delta_mem_adapter.safetensors");
    }

    @Test
    void writesTheHeaderThatOthersExpect() throws IOException {
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("b", Tensor.ofFloats(Shape.of(1, 2), 1, 2));
        tensors.put("a", Tensor.ofRounded(DType.BFLOAT16, Shape.of(), 1));
        Safetensors.write(file(), tensors, Map.of("note", "é"));
        String header = "{\"__metadata__\":{\"format\":\"pt\",\"note\":\"\\u00e9\"},"
                + "\"b\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
                + "\"a\":{\"dtype\":\"BF16\",\"shape\":[],\"data_offsets\":[8,10]}}";
        int padded = (header.length() + 7) / 8 * 8;
        byte[] bytes = Files.readAllBytes(file());
        assertThat(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong()).isEqualTo(padded);
        assertThat(new String(bytes, 8, padded, StandardCharsets.US_ASCII)).isEqualTo(header
                + " ".repeat(padded - header.length()));
        assertThat(bytes).hasSize(8 + padded + 10).endsWith(0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 0x80, 0x3f);

        Safetensors read = Safetensors.read(file());
        assertThat(read.tensors().keySet()).containsExactly("b", "a");
        read.tensors().forEach((name, tensor) -> assertThat(tensor.sameBits(tensors.get(name))).isTrue());
        assertThat(read.metadata()).isEqualTo(Map.of("format", "pt", "note", "é"));
    }

    @Test
    void readsTensorsInAnyOrderOfTheirData() throws IOException {
        Safetensors read = Safetensors.read(written("{\"b\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[4,8]},"
                + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}   ", 8));
        assertThat(read.tensors()).hasToString("{b=float16[2], a=float32[1]}");
        assertThat(read.metadata()).isEmpty();
    }

    @Test
    void readsATensorWithoutValues() throws IOException {
        Safetensors read = Safetensors.read(written("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                + "\"b\":{\"dtype\":\"F16\",\"shape\":[0,3],\"data_offsets\":[4,4]}}", 4));
        assertThat(read.tensors()).hasToString("{a=float32[1], b=float16[0, 3]}");
    }

    /** 8 MiB are written at once. */
    @Test
    void writesTensorsOfAnySize() throws IOException {
        float[] values = new float[(2 << 20) + 1];
        values[0] = 1;
        values[values.length - 2] = 2;
        values[values.length - 1] = 3;
        Tensor large = Tensor.ofFloats(Shape.of(values.length), values);
        Safetensors.write(file(), new LinkedHashMap<>(Map.of("a", large)), Map.of());
        assertThat(Safetensors.read(file()).tensors().firstEntry().getValue().sameBits(large)).isTrue();
    }

    @Test
    void refusesAHeaderThatIsNone() throws IOException {
        refuses(Files.write(file(), new byte[7]), ", header length: expected 8 bytes, found 7");
        refuses(raw(0, ""), ", header length: expected 2 to 0, found 0");
        refuses(raw(1, "{}"), ", header length: expected 2 to 2, found 1");
        refuses(raw(3, "{}"), ", header length: expected 2 to 2, found 3");
        refuses(raw(-1, "{}"), ", header length: expected 2 to 2, found 18446744073709551615");
        refuses(raw(2, "[]"), ", header: expected a JSON object, found a first byte of 91");
        refuses(raw(4, "{\"\u00ff"), ", header: expected JSON, found Unexpected end-of-input in field name");
        refuses(raw(2, new byte[]{'{', (byte) 0xff}), ", header: expected UTF-8, found other bytes");
        refuses(written("{\"a\":{},\"a\":{}}", 0), ", header: expected JSON, found Duplicate field 'a'");
        refuses(written("{\"__metadata__\":{\"n\":1}}", 0),
                ", __metadata__, \"n\": expected a text, found 1");
        Path large = raw(Safetensors.MAX_HEADER + 1, "{" + " ".repeat((int) Safetensors.MAX_HEADER + 8));
        refuses(large, ", header length: expected 2 to 4194304, found 4194305");
    }

    @Test
    void refusesTensorsThatAreNotAsTheySay() throws IOException {
        refusesTensor("1", ": expected an object of dtype, shape and data_offsets, found 1");
        refusesTensor("{\"dtype\":\"F32\",\"shape\":[1]}",
                ": expected an object of dtype, shape and data_offsets, found {\"dtype\":\"F32\",\"shape\":[1]}");
        refusesTensor("{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}",
                ": expected an object of dtype, shape and data_offsets, "
                        + "found {\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}");
        refusesTensor("I8", "[4]", "[0,4]", ", dtype: expected BF16, F16 or F32, found \"I8\"");
        String shown = "\"" + "x".repeat(Quote.MAX_SHOWN - 2) + "\"";
        refusesTensor("F32", shown, "[0,4]", ", shape: expected an array of integers, found " + shown);
        refusesTensor("F32", "\"x" + shown.substring(1), "[0,4]",
                ", shape: expected an array of integers, found \"" + "x".repeat(Quote.MAX_SHOWN - 1) + "…");
        refusesTensor("F32", "4", "[0,4]", ", shape: expected an array of integers, found 4");
        refusesTensor("F32", "[1.0]", "[0,4]", ", shape: expected an array of integers, found [1.0]");
        refusesTensor("F32", "[-1]", "[0,4]",
                ", shape: expected sizes from 0 with at most 2147483647 values, found [-1]");
        refusesTensor("F32", "[65536,65536]", "[0,4]",
                ", shape: expected sizes from 0 with at most 2147483647 values, found [65536,65536]");
        refusesTensor("F32", "[2]", "[0,4]", ", data_offsets: expected 8 bytes for float32[2], found 4");
        for (String offsets : new String[]{"[0]", "[0,8,8]", "[4,0]", "[-4,0]", "[0,5]", "[0,1.5]", "[0.5,1]",
                "\"0,4\"",
                "[0,18446744073709551616]"}) {
            refusesTensor("F32", "[1]", offsets, ", data_offsets: expected two ascending offsets of 0 to 4, found "
                    + offsets);
        }
    }

    @Test
    void refusesDataThatTheTensorsDoNotCover() throws IOException {
        refuses(written("{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]},"
                + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,8]}}", 8),
                ", tensor \"b\", data_offsets: expected 8 bytes for float32[2], found 4");
        String two = "{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]},"
                + "\"b\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[%s]}}";
        refuses(written(two.formatted("6,8"), 8),
                ", tensor \"b\", data_offsets: expected a start at 4, where the tensor before ends, found 6");
        refuses(written(two.formatted("2,4"), 4),
                ", tensor \"b\", data_offsets: expected a start at 4, where the tensor before ends, found 2");
        refuses(written(two.formatted("4,6"), 7), ", data: expected 6 bytes, as the tensors have, found 7");
        refuses(written("{}", 3), ", data: expected 0 bytes, as the tensors have, found 3");
        assertThat(Safetensors.read(written("{}", 0)).tensors()).isEmpty();
    }

    @Test
    void writesOnlyWhatItReads() {
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>(Map.of("a", Tensor.ofLongs(Shape.of(1), 1)));
        assertThatIllegalArgumentException().isThrownBy(() -> Safetensors.write(file(), tensors, Map.of()))
                .withMessage("a: expected bfloat16, float16 or float32, found int64");
        assertThat(file()).doesNotExist();
    }

    private void refusesTensor(String dtype, String shape, String offsets, String message) throws IOException {
        refusesTensor("{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}",
                message);
    }

    private void refusesTensor(String entry, String message) throws IOException {
        refuses(written("{\"t\":" + entry + "}", 4), ", tensor \"t\"" + message);
    }

    private Path written(String header, int data) throws IOException {
        return raw(header.length(), header + "\0".repeat(data));
    }

    private Path raw(long length, String rest) throws IOException {
        return raw(length, rest.getBytes(StandardCharsets.UTF_8));
    }

    private Path raw(long length, byte[] rest) throws IOException {
        return Files.write(file(), ByteBuffer.allocate(8 + rest.length).order(ByteOrder.LITTLE_ENDIAN).putLong(length)
                .put(rest).array());
    }

    private static void refuses(Path file, String message) {
        assertThatExceptionOfType(CheckpointException.class).isThrownBy(() -> Safetensors.read(file))
                .withMessage(file + message);
    }
}
