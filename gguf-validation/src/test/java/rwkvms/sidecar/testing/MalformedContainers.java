package rwkvms.sidecar.testing;

import static rwkvms.sidecar.testing.MalformedClass.Ggml.*;
import static rwkvms.sidecar.testing.MalformedClass.of;
import static rwkvms.sidecar.testing.MalformedClass.ofBytes;
import static rwkvms.sidecar.validation.FindingCode.*;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import rwkvms.sidecar.SidecarKey;

/** GGUF headers and keys that are wrong in any GGUF file. */
final class MalformedContainers {
    private static final int U32 = 4;
    private static final int U64 = 10;
    private static final int STRING = 8;
    private static final int ARRAY = 9;
    private static final long BEYOND_TYPES = 13;
    private static final long TOO_MANY = (1 << 16) + 1;
    private static final int TOO_MUCH_TEXT = (64 << 20) + 1;

    private MalformedContainers() {
    }

    static List<MalformedClass> all() {
        return List.of(
                ofBytes("empty file", GGUF_TRUNCATED, valid -> new byte[0]).ggml(REFUSES),
                ofBytes("file of three bytes", GGUF_TRUNCATED, valid -> Arrays.copyOf(valid, 3)).ggml(REFUSES),
                ofBytes("file of magic and version", GGUF_TRUNCATED, valid -> Arrays.copyOf(valid, 8)).ggml(REFUSES),
                ofBytes("header cut in the key count", GGUF_COUNT, valid -> Arrays.copyOf(valid, 20))
                        .ggml(REFUSES),
                ofBytes("header cut in the first value", GGUF_COUNT, valid -> Arrays.copyOf(valid, 60))
                        .ggml(REFUSES),
                of("magic of another format", GGUF_MAGIC, parts -> parts.magic = ascii("GGML")).ggml(REFUSES),
                of("magic backwards", GGUF_MAGIC, parts -> parts.magic = ascii("FUGG")).ggml(REFUSES),
                of("version 0", GGUF_VERSION, parts -> parts.version = 0).ggml(REFUSES),
                of("version 1", GGUF_VERSION, parts -> parts.version = 1).ggml(REFUSES),
                of("version 2", CONTAINER_VERSION, parts -> parts.version = 2),
                of("version 4", GGUF_VERSION, parts -> parts.version = 4).ggml(REFUSES),
                of("version 3, big-endian", GGUF_VERSION, parts -> parts.version = 3L << 24).ggml(REFUSES),

                of("tensor count 2^62", GGUF_COUNT, parts -> parts.tensorCount = OptionalLong.of(1L << 62))
                        .ggml(REFUSES),
                of("tensor count -1", GGUF_COUNT, parts -> parts.tensorCount = OptionalLong.of(-1)).ggml(REFUSES),
                of("one tensor more than there is", TENSOR_COUNT,
                        parts -> parts.tensorCount = OptionalLong.of(parts.tensors.size() + 1L))
                        .also(EMPTY_TENSOR_NAME, NO_DIMENSIONS, TENSOR_OFFSET, PADDING, FILE_SIZE, TENSOR_UNKNOWN,
                                TOTAL_NUMEL, TOTAL_BYTES, MANIFEST_MISSING)
                        .ggml(REFUSES),
                of("one tensor fewer than there is", TENSOR_COUNT,
                        parts -> parts.tensorCount = OptionalLong.of(parts.tensors.size() - 1L)).also(PADDING,
                                FILE_SIZE, TENSOR_MISSING, TOTAL_NUMEL, TOTAL_BYTES, MANIFEST_UNKNOWN, MANIFEST_SHA256),
                of("no tensor though there are", TENSOR_COUNT, parts -> parts.tensorCount = OptionalLong.of(0))
                        .also(PADDING, FILE_SIZE, TENSOR_MISSING, TOTAL_NUMEL, TOTAL_BYTES, MANIFEST_UNKNOWN),
                of("key count 2^62", GGUF_COUNT, parts -> parts.keyCount = OptionalLong.of(1L << 62)).ggml(REFUSES),
                of("key count -1", GGUF_COUNT, parts -> parts.keyCount = OptionalLong.of(-1)).ggml(REFUSES),
                of("one key more than there is", GGUF_TRUNCATED,
                        parts -> parts.keyCount = OptionalLong.of(parts.keys.size() + 1L)).ggml(REFUSES),
                of("one key fewer than there is", GGUF_DIMENSIONS,
                        parts -> parts.keyCount = OptionalLong.of(parts.keys.size() - 1L)).ggml(REFUSES),
                of("65,537 keys", GGUF_LIMIT, parts -> {
                    parts.keyCount = OptionalLong.of(TOO_MANY);
                    parts.tail = new byte[(int) TOO_MANY * 13];
                }).ggml(REFUSES),

                of("key name longer than the file", GGUF_TRUNCATED, parts -> parts.keys.get(3).type = 0)
                        .ggml(REFUSES),
                of("string longer than the file", GGUF_TRUNCATED,
                        parts -> parts.key(SidecarKey.NAME).value = new GgufBytes().u64(1 << 30).bytes())
                        .ggml(REFUSES),
                of("string of length -1", GGUF_TRUNCATED,
                        parts -> parts.key(SidecarKey.NAME).value = new GgufBytes().u64(-1).bytes())
                        .ggml(REFUSES),
                of("strings of 64 MiB", GGUF_TEXT_LIMIT,
                        parts -> parts.key(SidecarKey.NAME).text(new byte[TOO_MUCH_TEXT])),
                of("key name that is not UTF-8", GGUF_UTF8, parts -> parts.add("x").name = new byte[]{'x', (byte) 0xff})
                        .also(KEY_UNKNOWN),
                of("text cut within a character", GGUF_UTF8,
                        parts -> parts.key(SidecarKey.NAME).text((byte) 'n', (byte) 0xc3)),
                of("text with an overlong character", GGUF_UTF8,
                        parts -> parts.key(SidecarKey.NAME).text((byte) 0xc0, (byte) 0x80)),
                of("text with a surrogate", GGUF_UTF8,
                        parts -> parts.key(SidecarKey.NAME).text((byte) 0xed, (byte) 0xa0, (byte) 0x80)),
                of("value type 13", GGUF_VALUE_TYPE, parts -> parts.add("x").type = BEYOND_TYPES).ggml(REFUSES),
                of("value type -1", GGUF_VALUE_TYPE, parts -> parts.add("x").type = -1).ggml(REFUSES),
                of("bool of 2", GGUF_BOOL, parts -> parts.add("x").bool(2)).also(KEY_UNKNOWN),
                of("array of an unknown type", GGUF_VALUE_TYPE,
                        parts -> parts.add("x").array(BEYOND_TYPES, 1, (byte) 0))
                        .ggml(REFUSES),
                of("array longer than the file", GGUF_COUNT, parts -> parts.add("x").array(U32, 1 << 20))
                        .ggml(REFUSES),
                of("array whose size wraps around", GGUF_COUNT, parts -> parts.add("x").array(U64, (1L << 61) + 1))
                        .ggml(REFUSES),
                of("array of strings longer than the file", GGUF_TRUNCATED,
                        parts -> parts.add("x").array(STRING, 1, new GgufBytes().u64(1 << 30).bytes()))
                        .ggml(REFUSES),
                of("arrays nested five deep", GGUF_ARRAY_DEPTH, parts -> parts.add("x").array(ARRAY, 1, nested(4)))
                        .also(GGUF_NESTED_ARRAY)
                        .ggml(REFUSES),
                of("array of arrays", GGUF_NESTED_ARRAY, parts -> parts.add("x").array(ARRAY, 1, nested(1)))
                        .also(KEY_UNKNOWN)
                        .ggml(REFUSES),
                of("key that is empty", EMPTY_KEY, parts -> parts.add("")).also(KEY_UNKNOWN).ggml(REFUSES),
                of("key with a NUL", NAME_NUL, parts -> parts.add("x\0y")).also(KEY_UNKNOWN),
                of("key with a capital", KEY_NAME, parts -> parts.add("delta_mem.Rank")).also(KEY_UNKNOWN),
                of("key with an empty segment", KEY_NAME, parts -> parts.add("delta_mem..rank")).also(KEY_UNKNOWN),
                of("key of 65,536 bytes", KEY_NAME, parts -> parts.add("x".repeat(65_536))).also(KEY_UNKNOWN),
                of("key twice", DUPLICATE_KEY, parts -> parts.keys.add(parts.key(SidecarKey.RANK).copy()))
                        .ggml(REFUSES),
                of("alignment twice", DUPLICATE_KEY, parts -> parts.keys.add(parts.key(SidecarKey.ALIGNMENT).copy()))
                        .ggml(REFUSES),
                of("alignment 0", GGUF_ALIGNMENT, parts -> parts.key(SidecarKey.ALIGNMENT).u32(0)).also(ALIGNMENT)
                        .ggml(REFUSES),
                of("alignment 48", GGUF_ALIGNMENT, parts -> parts.key(SidecarKey.ALIGNMENT).u32(48)).also(ALIGNMENT)
                        .ggml(REFUSES),
                of("alignment 2^31", ALIGNMENT, parts -> parts.key(SidecarKey.ALIGNMENT).u32(1L << 31))
                        .also(TENSOR_OFFSET, DATA_START, TENSOR_DATA, PADDING).ggml(REFUSES),
                of("alignment as a u64", GGUF_ALIGNMENT, parts -> parts.key(SidecarKey.ALIGNMENT).u64(32))
                        .also(KEY_TYPE)
                        .ggml(REFUSES),
                of("alignment 64, kept", ALIGNMENT, parts -> {
                    parts.alignment = 64;
                    parts.key(SidecarKey.ALIGNMENT).u32(64);
                }),
                of("alignment 64, not kept", ALIGNMENT, parts -> parts.key(SidecarKey.ALIGNMENT).u32(64))
                        .also(TENSOR_OFFSET, PADDING, FILE_SIZE)
                        .ggml(REFUSES),
                of("alignment 4", GGUF_ALIGNMENT, parts -> {
                    parts.alignment = 4;
                    parts.key(SidecarKey.ALIGNMENT).u32(4);
                }).also(ALIGNMENT),
                of("alignment 2^30", DATA_START, parts -> parts.key(SidecarKey.ALIGNMENT).u32(1 << 30))
                        .also(TENSOR_OFFSET, TENSOR_DATA, PADDING, ALIGNMENT).ggml(REFUSES));
    }

    private static byte[] nested(int depth) {
        GgufBytes out = new GgufBytes();
        for (int i = 1; i < depth; i++) {
            out.u32(ARRAY).u64(1);
        }
        return out.u32(0).u64(1).raw((byte) 0).bytes();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
