package rwkvms.sidecar.testing;

import static rwkvms.sidecar.testing.MalformedClass.of;
import static rwkvms.sidecar.validation.FindingCode.*;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.function.Consumer;
import rwkvms.gguf.GgmlType;
import rwkvms.sidecar.validation.FindingCode;

/** Unknown tensors, wrong shapes, wrong manifests, and payloads that cannot be weights. */
final class MalformedWeights {
    private static final String MATRIX = "blk.0.mem_q";
    private static final String LORA = "blk.0.rwkv.w1";
    private static final String VECTOR = "blk.0.rwkv.w0";

    private MalformedWeights() {
    }

    static List<MalformedClass> all() {
        return List.of(
                restated("tensor missing", TENSOR_MISSING, parts -> parts.tensors.remove(parts.tensor(MATRIX))),
                restated("delta of an idle head missing", TENSOR_MISSING,
                        parts -> parts.tensors.remove(parts.tensor("blk.0.delta_k"))),
                restated("last tensor missing", TENSOR_MISSING, parts -> parts.tensors.removeLast()),
                restated("tensor of no layer", TENSOR_UNKNOWN, parts -> added(parts, "output_norm.weight")),
                restated("tensor of an unknown name", TENSOR_UNKNOWN, parts -> added(parts, "blk.0.mem_x")),
                restated("layer with a leading zero", TENSOR_UNKNOWN, parts -> added(parts, "blk.00.rwkv.w0")),
                restated("layer that is negative", TENSOR_UNKNOWN, parts -> added(parts, "blk.-1.rwkv.w0")),
                restated("layer of ten digits", TENSOR_UNKNOWN, parts -> added(parts, "blk.4294967296.rwkv.w0")),
                restated("tensor of another layer", TENSOR_LAYER, parts -> added(parts, "blk.1.rwkv.w0")),
                restated("lambda beside a coupled one", LAMBDA_UNUSED, parts -> added(parts, "blk.0.lambda_b")),
                shape("matrix transposed", TENSOR_TRANSPOSED, MATRIX, 4L, 7L),
                shape("low-rank factor transposed", TENSOR_TRANSPOSED, LORA, 4L, 32L),
                shape("delta transposed", TENSOR_TRANSPOSED, "blk.0.delta_q", 5L, 4L),
                shape("gate transposed", TENSOR_TRANSPOSED, "blk.0.beta", 4L, 7L),
                shape("matrix as a vector", TENSOR_SHAPE, MATRIX, 28L),
                shape("matrix of equally many values", TENSOR_SHAPE, MATRIX, 14L, 2L),
                shape("matrix with a third dimension", TENSOR_SHAPE, MATRIX, 7L, 4L, 1L),
                shape("vector as a row", TENSOR_SHAPE, VECTOR, 4L, 1L),
                shape("vector as a column", TENSOR_SHAPE, VECTOR, 1L, 4L),
                restated("vector of one value fewer", TENSOR_SHAPE, parts -> {
                    TensorPart part = parts.tensor(VECTOR);
                    part.ne(3L);
                    part.data = java.util.Arrays.copyOf(part.data, 6);
                }),

                manifest("manifest that is empty", MANIFEST_MISSING, ArrayNode::removeAll),
                manifest("manifest entry missing", MANIFEST_MISSING, entries -> entries.remove(0)),
                manifest("manifest entry without a tensor", MANIFEST_UNKNOWN,
                        entries -> entries.addObject().put("name", "blk.9.mem_q")),
                manifest("manifest entry twice", MANIFEST_CONTRADICTS, entries -> entries.add(entries.get(0))),
                manifest("manifest entry that is a number", MANIFEST_UNKNOWN, entries -> entries.add(7)),
                entry("manifest: another name", MANIFEST_MISSING, entry -> entry.put("name", "blk.0.mem_Q"))
                        .also(MANIFEST_UNKNOWN),
                entry("manifest: another source name", MANIFEST_CONTRADICTS,
                        entry -> entry.put("source_name", "memory_q_proj")),
                entry("manifest: another shape", MANIFEST_CONTRADICTS, entry -> entry.putArray("shape").add(28)),
                entry("manifest: shape in ggml order", MANIFEST_CONTRADICTS,
                        entry -> entry.putArray("shape").add(7).add(4)),
                entry("manifest: another type", MANIFEST_CONTRADICTS, entry -> entry.put("gguf_type", "F16")),
                entry("manifest: another PyTorch type", MANIFEST_CONTRADICTS,
                        entry -> entry.put("torch_dtype", "float16")),
                entry("manifest: another numel", MANIFEST_CONTRADICTS, entry -> entry.put("numel", 27)),
                entry("manifest: numel as a float", MANIFEST_CONTRADICTS, entry -> entry.put("numel", 28.0)),
                entry("manifest: another byte count", MANIFEST_CONTRADICTS, entry -> entry.put("bytes", 57)),
                entry("manifest: bytes as a text", MANIFEST_CONTRADICTS, entry -> entry.put("bytes", "56")),
                entry("manifest: no bytes", MANIFEST_CONTRADICTS, entry -> entry.remove("bytes")),
                entry("manifest: another SHA-256", MANIFEST_SHA256,
                        entry -> entry.put("sha256_raw", "0".repeat(64))),
                entry("manifest: SHA-256 in capitals", MANIFEST_SHA256,
                        entry -> entry.put("sha256_raw", entry.get("sha256_raw").textValue().toUpperCase(
                                java.util.Locale.ROOT))),
                entry("manifest: no SHA-256", MANIFEST_SHA256, entry -> entry.remove("sha256_raw")),
                value("NaN in BF16", PAYLOAD_VALUE, GgmlType.BF16, 0xc0, 0x7f),
                value("signalling NaN in BF16", PAYLOAD_VALUE, GgmlType.BF16, 0x81, 0xff),
                value("infinity in BF16", PAYLOAD_VALUE, GgmlType.BF16, 0x80, 0x7f),
                value("NaN in F16", PAYLOAD_VALUE, GgmlType.F16, 0x00, 0x7e),
                value("negative infinity in F16", PAYLOAD_VALUE, GgmlType.F16, 0x00, 0xfc),
                value("NaN in F32", PAYLOAD_VALUE, GgmlType.F32, 0x00, 0x00, 0xc0, 0x7f),
                value("infinity in F32", PAYLOAD_VALUE, GgmlType.F32, 0x00, 0x00, 0x80, 0x7f),
                restated("output that is all zero", DEAD_TENSOR, parts -> zero(parts, "blk.0.rwkv.output.weight")),
                restated("delta that is all zero", DEAD_TENSOR, parts -> zero(parts, "blk.2.delta_q")),
                of("one bit of a payload", MANIFEST_SHA256,
                        parts -> parts.tensor(MATRIX).put(0, parts.tensor(MATRIX).data[0] ^ 1)));
    }

    private static void added(GgufParts parts, String name) {
        TensorPart part = parts.tensor(VECTOR).copy();
        part.name(name);
        parts.tensors.add(part);
    }

    private static void zero(GgufParts parts, String name) {
        TensorPart part = parts.tensor(name);
        part.data = new byte[part.data.length];
    }

    /** A vector of that type, whose second value is what the bytes say. */
    private static MalformedClass value(String name, FindingCode code, GgmlType type, int... bytes) {
        return restated(name, code, parts -> {
            TensorPart part = parts.tensor(VECTOR);
            part.type = type.id();
            part.data = new byte[4 * type.blockBytes()];
            part.put(type.blockBytes(), bytes);
        });
    }

    /** Totals and manifest follow the tensors. */
    private static MalformedClass restated(String name, FindingCode code, Consumer<GgufParts> edit) {
        return of(name, code, parts -> {
            edit.accept(parts);
            Restatement.of(parts);
        });
    }

    private static MalformedClass shape(String name, FindingCode code, String tensor, Long... ne) {
        return restated(name, code, parts -> parts.tensor(tensor).ne(ne));
    }

    private static MalformedClass manifest(String name, FindingCode code, Consumer<ArrayNode> edit) {
        return of(name, code, parts -> parts.manifest(edit));
    }

    private static MalformedClass entry(String name, FindingCode code, Consumer<ObjectNode> edit) {
        return of(name, code, parts -> parts.firstEntry(edit));
    }
}
