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
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import rwkvms.file.FileKind;
import rwkvms.file.InputFile;
import rwkvms.file.WholeFile;
import rwkvms.sidecar.Json;
import rwkvms.sidecar.PythonJson;
import rwkvms.tensor.DType;
import rwkvms.tensor.Tensor;

/**
 * A safetensors file or message: the length of a JSON header (u64, little-endian), the header, and the bytes of the tensors. The
 * header gives the type, shape and place of each tensor; together they cover the data without gap or overlap.
 *
 * @param tensors in the order of the header; views of what was read
 * @param metadata texts beside them
 */
public record Safetensors(SequencedMap<String, Tensor> tensors, Map<String, String> metadata) {
    static final String METADATA = "__metadata__";
    /** The types that weights of a memory can have, by their names in the file. */
    static final SortedMap<String, DType> TYPES = new TreeMap<>(
            Map.of("BF16", DType.BFLOAT16, "F16", DType.FLOAT16, "F32", DType.FLOAT32));
    /** All types that a tensor can have. */
    private static final SortedMap<String, DType> ALL_TYPES = new TreeMap<>(
            Map.of("F64", DType.FLOAT64, "I64", DType.INT64, "I32", DType.INT32, "I16", DType.INT16, "I8", DType.INT8,
                    "U8", DType.UINT8, "BOOL", DType.BOOL));
    /** Largest header in bytes: as many as a document may have characters. */
    static final long MAX_HEADER = Json.MAX_LENGTH;

    /** The entry that other readers of safetensors look for. */
    private static final Map<String, String> FORMAT = Map.of("format", "pt");
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** Data begins at a multiple of this. */
    private static final int ALIGNMENT = 8;

    static {
        ALL_TYPES.putAll(TYPES);
    }

    public Safetensors {
        tensors = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(tensors));
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    /** Reads a file through a memory map that lives as long as something refers to it. */
    static Safetensors read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(InputFile.require(file))) {
            return of(file.toString(), channel.map(MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto()), TYPES);
        }
    }

    /**
     * Reads a message with tensors of any type.
     *
     * @param source names it in refusals
     */
    public static Safetensors of(String source, MemorySegment bytes) throws CheckpointException {
        return of(source, bytes, ALL_TYPES);
    }

    private static Safetensors of(String source, MemorySegment bytes, SortedMap<String, DType> types)
            throws CheckpointException {
        if (bytes.byteSize() < Long.BYTES) {
            throw new CheckpointException(source, "header length", Long.BYTES + " bytes", "" + bytes.byteSize());
        }
        long length = bytes.get(U64, 0);
        long maxLength = Math.min(MAX_HEADER, bytes.byteSize() - Long.BYTES);
        if (length < 2 || length > maxLength) {
            throw new CheckpointException(source, "header length", "2 to " + maxLength, FileKind.of(bytes)
                    .filter(kind -> kind != FileKind.SAFETENSORS).map(FileKind::words)
                    .orElse(Long.toUnsignedString(length)));
        }
        MemorySegment data = bytes.asSlice(Long.BYTES + length);
        return new SafetensorsHeader(source, header(source, bytes.asSlice(Long.BYTES, length)), data, types).read();
    }

    private static JsonNode header(String source, MemorySegment text) throws CheckpointException {
        if (text.get(ValueLayout.JAVA_BYTE, 0) != '{') {
            throw new CheckpointException(source, "header", "a JSON object",
                    "a first byte of " + Byte.toUnsignedInt(text.get(ValueLayout.JAVA_BYTE, 0)));
        }
        try {
            return Json.parse(StandardCharsets.UTF_8.newDecoder().decode(text.asByteBuffer()).toString());
        } catch (CharacterCodingException malformed) {
            throw new CheckpointException(source, "header", "UTF-8", "other bytes", malformed);
        } catch (JsonProcessingException malformed) {
            throw new CheckpointException(source, "header", "JSON", malformed.getOriginalMessage(), malformed);
        }
    }

    /** Writes a file and replaces what was there; adds {@code format} to the metadata. */
    static void write(Path file, SequencedMap<String, Tensor> tensors, Map<String, String> metadata)
            throws IOException {
        Map<String, String> texts = new LinkedHashMap<>(FORMAT);
        texts.putAll(metadata);
        List<MemorySegment> parts = new Safetensors(tensors, texts).parts(TYPES);
        WholeFile.write(file, channel -> {
            for (MemorySegment part : parts) {
                WholeFile.writeFully(channel, part);
            }
        });
    }

    /** The bytes of a message: its header, then each tensor. */
    public List<MemorySegment> parts() {
        return parts(ALL_TYPES);
    }

    private List<MemorySegment> parts(SortedMap<String, DType> types) {
        List<MemorySegment> parts = new ArrayList<>(List.of(header(types)));
        tensors.values().forEach(tensor -> parts.add(tensor.bytes()));
        return parts;
    }

    private MemorySegment header(SortedMap<String, DType> types) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ObjectNode texts = json.putObject(METADATA);
        metadata.forEach(texts::put);
        long at = 0;
        for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
            Tensor tensor = entry.getValue();
            ObjectNode one = json.putObject(entry.getKey()).put("dtype", label(entry.getKey(), tensor.dtype(), types));
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

    private static String label(String name, DType dtype, SortedMap<String, DType> types) {
        return types.entrySet().stream().filter(entry -> entry.getValue() == dtype).map(Map.Entry::getKey).findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        name + ": expected bfloat16, float16 or float32, found " + dtype.label()));
    }
}
