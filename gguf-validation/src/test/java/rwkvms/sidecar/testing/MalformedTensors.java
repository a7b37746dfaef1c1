package rwkvms.sidecar.testing;

import static rwkvms.sidecar.testing.MalformedClass.Ggml.*;
import static rwkvms.sidecar.testing.MalformedClass.of;
import static rwkvms.sidecar.testing.MalformedClass.ofBytes;
import static rwkvms.sidecar.validation.FindingCode.*;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import rwkvms.gguf.GgmlType;
import rwkvms.sidecar.validation.FindingCode;

/** Tensor infos and tensor data that are wrong in the container: names, dimensions, types, offsets, padding, ends. */
final class MalformedTensors {
    private static final String MATRIX = "blk.0.mem_q";
    private static final String VECTOR = "blk.0.rwkv.w0";
    private static final String LAST = "blk.2.rwkv.ln_x.bias";
    private static final long WITHDRAWN = 31;
    private static final long WRAPS = 1L << 32;

    private MalformedTensors() {
    }

    static List<MalformedClass> all() {
        return List.of(
                tensor("tensor name of 64 bytes", TENSOR_NAME, MATRIX, t -> t.name("blk.0." + "x".repeat(58)))
                        .also(TENSOR_MISSING, TENSOR_UNKNOWN, MANIFEST_MISSING, MANIFEST_UNKNOWN)
                        .ggml(REFUSES),
                tensor("tensor name that is empty", EMPTY_TENSOR_NAME, MATRIX, t -> t.name("")).also(TENSOR_MISSING,
                        TENSOR_UNKNOWN, MANIFEST_MISSING, MANIFEST_UNKNOWN),
                tensor("tensor name with a NUL", NAME_NUL, MATRIX, t -> t.name(MATRIX + "\0")).also(TENSOR_MISSING,
                        TENSOR_UNKNOWN, MANIFEST_MISSING, MANIFEST_UNKNOWN),
                tensor("tensor name that is not UTF-8", GGUF_UTF8, MATRIX, t -> t.name = new byte[]{(byte) 0xfe})
                        .also(TENSOR_MISSING, TENSOR_UNKNOWN, MANIFEST_MISSING, MANIFEST_UNKNOWN),
                tensor("tensor name of another up to a NUL", NAME_CLASH, "blk.2.mem_q", t -> t.name(MATRIX + "\0"))
                        .also(NAME_NUL, TENSOR_MISSING, TENSOR_UNKNOWN, MANIFEST_MISSING, MANIFEST_UNKNOWN)
                        .ggml(REFUSES),
                tensor("tensor twice", DUPLICATE_TENSOR, "blk.2.mem_q", t -> t.name(MATRIX))
                        .also(TENSOR_MISSING, MANIFEST_UNKNOWN).ggml(REFUSES),
                tensor("five dimensions", GGUF_DIMENSIONS, MATRIX, t -> t.ne(7L, 4L, 1L, 1L, 1L)).ggml(REFUSES),
                tensor("2^32 - 1 dimensions", GGUF_DIMENSIONS, MATRIX, t -> t.dimensions = OptionalLong.of(-1))
                        .ggml(REFUSES),
                tensor("dimension count one too many", TENSOR_DATA, LAST,
                        t -> t.dimensions = OptionalLong.of(2))
                        .also(TENSOR_OFFSET, TENSOR_SHAPE, TOTAL_NUMEL, TOTAL_BYTES, MANIFEST_CONTRADICTS)
                        .ggml(REFUSES),
                tensor("no dimension", NO_DIMENSIONS, VECTOR, t -> t.ne())
                        .also(PADDING, TENSOR_SHAPE, TOTAL_NUMEL, TOTAL_BYTES, MANIFEST_CONTRADICTS, MANIFEST_SHA256),
                tensor("dimension 0", ZERO_DIMENSION, LAST, t -> t.ne(0L)).also(FILE_SIZE, TENSOR_SHAPE, TOTAL_NUMEL,
                        TOTAL_BYTES, MANIFEST_CONTRADICTS, MANIFEST_SHA256),
                tensor("dimension -1", TENSOR_SIZE, LAST, t -> t.ne(-1L)).also(TENSOR_SHAPE, MANIFEST_CONTRADICTS)
                        .ggml(REFUSES),
                tensor("dimension 2^63 - 1", TENSOR_SIZE, LAST, t -> t.ne(Long.MAX_VALUE))
                        .also(TENSOR_SHAPE, MANIFEST_CONTRADICTS).ggml(REFUSES),
                tensor("dimensions whose product wraps to 0", TENSOR_SIZE, LAST, t -> t.ne(WRAPS, WRAPS))
                        .also(TENSOR_SHAPE, MANIFEST_CONTRADICTS),
                tensor("dimensions whose product wraps, in the middle", TENSOR_SIZE, MATRIX,
                        t -> t.ne(WRAPS, WRAPS)).also(TENSOR_OFFSET, TENSOR_SHAPE, MANIFEST_CONTRADICTS).ggml(REFUSES),
                tensor("dimensions whose bytes wrap", TENSOR_SIZE, LAST, t -> t.ne(1L << 62, 1L))
                        .also(TENSOR_SHAPE, TOTAL_NUMEL, MANIFEST_CONTRADICTS).ggml(ABORTS),
                tensor("last tensor of 2 TiB", TENSOR_DATA, LAST, t -> t.ne(1L << 40))
                        .also(TENSOR_SHAPE, TOTAL_NUMEL, TOTAL_BYTES, MANIFEST_CONTRADICTS).ggml(ABORTS),
                tensor("last tensor of one value more", TENSOR_SHAPE, LAST, t -> t.ne(5L)).also(TOTAL_NUMEL,
                        TOTAL_BYTES, MANIFEST_CONTRADICTS, MANIFEST_SHA256),
                tensor("withdrawn type", TENSOR_TYPE, MATRIX, t -> t.type = WITHDRAWN).ggml(REFUSES),
                tensor("type 4 that was removed", TENSOR_TYPE, MATRIX, t -> t.type = 4).ggml(REFUSES),
                tensor("type 255", TENSOR_TYPE, MATRIX, t -> t.type = 255).ggml(REFUSES),
                tensor("type -1", TENSOR_TYPE, MATRIX, t -> t.type = -1).ggml(REFUSES),
                tensor("row that is no whole block", TENSOR_SIZE, MATRIX, t -> t.type = GgmlType.Q8_0.id())
                        .also(TENSOR_TYPE, MANIFEST_CONTRADICTS)
                        .ggml(REFUSES),
                of("type I16", TENSOR_TYPE, parts -> {
                    parts.tensor(MATRIX).type = GgmlType.I16.id();
                    Restatement.of(parts);
                }),
                of("type F64", TENSOR_TYPE, parts -> {
                    TensorPart tensor = parts.tensor(LAST);
                    tensor.type = GgmlType.F64.id();
                    tensor.data = new byte[32];
                    Restatement.of(parts);
                }),
                tensor("F32 where the data are BF16", TENSOR_OFFSET, MATRIX, t -> t.type = GgmlType.F32.id())
                        .also(PADDING, TOTAL_BYTES, MANIFEST_CONTRADICTS, MANIFEST_SHA256)
                        .ggml(REFUSES),
                tensor("F16 where the data are BF16", MANIFEST_CONTRADICTS, MATRIX,
                        t -> t.type = GgmlType.F16.id()),

                offset("gap before a tensor", MATRIX, 32, REFUSES).also(PADDING, MANIFEST_SHA256),
                offset("offset that is not aligned", "blk.2.mem_q", 1, REFUSES).also(PADDING, MANIFEST_SHA256),
                offset("offset of the tensor before", "blk.2.mem_q", -32, REFUSES).also(PADDING, MANIFEST_SHA256),
                offset("offset beyond the file", LAST, 1 << 20, REFUSES).also(TENSOR_DATA),
                offset("offset 2^64 - 32", LAST, Long.MIN_VALUE, REFUSES).also(TENSOR_DATA),
                of("offsets of two tensors swapped", TENSOR_OFFSET, parts -> {
                    List<TensorPart> tensors = parts.tensors;
                    tensors.get(0).offset = OptionalLong.of(packed(parts, 1));
                    tensors.get(1).offset = OptionalLong.of(0);
                }).also(MANIFEST_SHA256).ggml(REFUSES),
                of("all tensors at offset 0", TENSOR_OFFSET,
                        parts -> parts.tensors.forEach(tensor -> tensor.offset = OptionalLong.of(0)))
                        .also(PADDING, FILE_SIZE, MANIFEST_SHA256).ggml(REFUSES),
                of("names of two tensors swapped", MANIFEST_SHA256, parts -> {
                    byte[] first = parts.tensors.get(0).name;
                    parts.tensors.get(0).name = parts.tensors.get(1).name;
                    parts.tensors.get(1).name = first;
                }),

                ofBytes("last byte missing", FILE_SIZE, valid -> Arrays.copyOf(valid, valid.length - 1))
                        .ggml(REFUSES_DATA),
                ofBytes("last padding missing", FILE_SIZE, valid -> Arrays.copyOf(valid, valid.length - 24))
                        .ggml(REFUSES_DATA),
                ofBytes("half of the last tensor missing", TENSOR_DATA,
                        valid -> Arrays.copyOf(valid, valid.length - 28)).ggml(REFUSES_DATA),
                ofBytes("half of the data missing", TENSOR_DATA,
                        valid -> Arrays.copyOf(valid, valid.length - 2048)).ggml(REFUSES_DATA),
                of("no data", TENSOR_DATA, parts -> parts.tensors.forEach(tensor -> tensor.data = new byte[0]))
                        .also(TENSOR_OFFSET)
                        .ggml(REFUSES),
                of("one byte behind the end", FILE_SIZE, parts -> parts.tail = new byte[1]),
                of("32 bytes behind the end", FILE_SIZE, parts -> parts.tail = new byte[32]),
                of("padding of the header that is not zero", PADDING, parts -> parts.headerPadding = 1),
                of("padding between tensors that is not zero", PADDING, parts -> parts.tensors.getFirst().padding = 1),
                of("last padding that is not zero", PADDING, parts -> parts.tensors.getLast().padding = 1));
    }

    private static MalformedClass tensor(String name, FindingCode code, String tensor,
            Consumer<TensorPart> edit) {
        return of(name, code, parts -> edit.accept(parts.tensor(tensor)));
    }

    private static MalformedClass offset(String name, String tensor, long off, MalformedClass.Ggml ggml) {
        return of(name, TENSOR_OFFSET, parts -> {
            TensorPart part = parts.tensor(tensor);
            part.offset = OptionalLong.of(packed(parts, parts.tensors.indexOf(part)) + off);
        }).ggml(ggml);
    }

    /** Offset of that tensor's data. */
    private static long packed(GgufParts parts, int index) {
        return parts.tensors.subList(0, index).stream().mapToLong(tensor -> (tensor.data.length + 31L) & -32L).sum();
    }
}
