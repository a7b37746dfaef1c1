package rwkvms.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel.MapMode;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import rwkvms.file.FileKind;
import rwkvms.file.InputFile;
import rwkvms.file.WholeFile;
import rwkvms.sidecar.Json;
import rwkvms.sidecar.PythonJson;
import rwkvms.tensor.DType;
import rwkvms.tensor.Tensor;

/**
 * A safetensors file: the length of a JSON header (u64, little-endian), the header, and the bytes of the tensors. The
 * header gives the type, shape and place of each tensor; together they cover the data without gap or overlap.
 *
 * @param tensors in the order of the header; views of the mapped file
 * @param metadata texts beside them
 */
record Safetensors(SequencedMap<String, Tensor> tensors, Map<String, String> metadata) {
    static final String METADATA = "__metadata__";
    /** The types that weights of a memory can have, by their names in the file. */
    static final Map<String, DType> TYPES = Map.of("BF16", DType.BFLOAT16, "F16", DType.FLOAT16, "F32", DType.FLOAT32);
    /** Largest header in bytes: as many as a document may have characters. */
    static final long MAX_HEADER = Json.MAX_LENGTH;

    /** The entry that other readers of safetensors look for. */
    private static final Map<String, String> FORMAT = Map.of("format", "pt");
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** Data begins at a multiple of this. */
    private static final int ALIGNMENT = 8;

    Safetensors {
        tensors = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(tensors));
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    /** Reads a file through a memory map that lives as long as something refers to it. */
    static Safetensors read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(InputFile.require(file))) {
            MemorySegment bytes = channel.map(MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
            if (bytes.byteSize() < Long.BYTES) {
                throw new CheckpointException(file, "header length", Long.BYTES + " bytes", "" + bytes.byteSize());
            }
            long length = bytes.get(U64, 0);
            long maxLength = Math.min(MAX_HEADER, bytes.byteSize() - Long.BYTES);
            if (length < 2 || length > maxLength) {
                throw new CheckpointException(file, "header length", "2 to " + maxLength, FileKind.of(bytes)
                        .filter(kind -> kind != FileKind.SAFETENSORS).map(FileKind::words)
                        .orElse(Long.toUnsignedString(length)));
            }
            MemorySegment data = bytes.asSlice(Long.BYTES + length);
            return new SafetensorsHeader(file, header(file, bytes.asSlice(Long.BYTES, length)), data).read();
        }
    }

    private static JsonNode header(Path file, MemorySegment text) throws CheckpointException {
        if (text.get(ValueLayout.JAVA_BYTE, 0) != '{') {
            throw new CheckpointException(file, "header", "a JSON object",
                    "a first byte of " + Byte.toUnsignedInt(text.get(ValueLayout.JAVA_BYTE, 0)));
        }
        try {
            return Json.parse(StandardCharsets.UTF_8.newDecoder().decode(text.asByteBuffer()).toString());
        } catch (CharacterCodingException malformed) {
            throw new CheckpointException(file, "header", "UTF-8", "other bytes", malformed);
        } catch (JsonProcessingException malformed) {
            throw new CheckpointException(file, "header", "JSON", malformed.getOriginalMessage(), malformed);
        }
    }

    /** Writes a file and replaces what was there; adds {@code format} to the metadata. */
    static void write(Path file, SequencedMap<String, Tensor> tensors, Map<String, String> metadata)
            throws IOException {
        MemorySegment header = header(tensors, metadata);
        WholeFile.write(file, channel -> {
            WholeFile.writeFully(channel, header);
            for (Tensor tensor : tensors.values()) {
                WholeFile.writeFully(channel, tensor.bytes());
            }
        });
    }

    private static MemorySegment header(SequencedMap<String, Tensor> tensors, Map<String, String> metadata) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ObjectNode texts = json.putObject(METADATA);
        FORMAT.forEach(texts::put);
        metadata.forEach(texts::put);
        long at = 0;
        for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
            Tensor tensor = entry.getValue();
            ObjectNode one = json.putObject(entry.getKey()).put("dtype", label(entry.getKey(), tensor.dtype()));
            for (long dim : tensor.shape().dims()) {
                one.withArray("shape").add(dim);
            }
            one.withArray("shape");
            one.putArray("data_offsets").add(at).add(at + tensor.bytes().byteSize());
            at += tensor.bytes().byteSize();
        }
        String text = PythonJson.compact(json, PythonJson.Keys.AS_GIVEN); // all ASCII
        int padded = Math.ceilDiv(text.length(), ALIGNMENT) * ALIGNMENT;
        byte[] padding = " ".repeat(padded - text.length()).getBytes(StandardCharsets.US_ASCII);
        return MemorySegment
                .ofBuffer(ByteBuffer.allocate(Long.BYTES + padded).order(ByteOrder.LITTLE_ENDIAN).putLong(padded)
                        .put(text.getBytes(StandardCharsets.US_ASCII)).put(padding).flip());
    }

    private static String label(String name, DType dtype) {
        return TYPES.entrySet().stream().filter(entry -> entry.getValue() == dtype).map(Map.Entry::getKey).findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        name + ": expected bfloat16, float16 or float32, found " + dtype.label()));
    }
}
