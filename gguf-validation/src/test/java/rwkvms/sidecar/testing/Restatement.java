package rwkvms.sidecar.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import rwkvms.file.Sha256;
import rwkvms.gguf.GgmlType;
import rwkvms.sidecar.SidecarKey;
import rwkvms.sidecar.TensorNames;

/** Makes totals and manifest follow the tensors, so that a fault of a tensor stands alone. */
public final class Restatement {
    private Restatement() {
    }

    public static void of(GgufParts parts) {
        long bytes = parts.tensors.stream().mapToLong(tensor -> tensor.data.length).sum();
        long numel = parts.tensors.stream().mapToLong(Restatement::numel).sum();
        parts.key(SidecarKey.TENSOR_COUNT).u32(parts.tensors.size());
        parts.key(SidecarKey.TOTAL_NUMEL).u64(numel);
        parts.key(SidecarKey.TOTAL_BYTES).u64(bytes);
        parts.manifest(manifest -> {
            Map<String, JsonNode> old = new HashMap<>();
            manifest.forEach(entry -> old.put(entry.path("name").textValue(), entry));
            manifest.removeAll();
            for (TensorPart tensor : parts.tensors) {
                JsonNode before = old.get(tensor.name());
                manifest.add(entry(tensor, before == null ? manifest.objectNode() : (ObjectNode) before));
            }
        });
    }

    private static long numel(TensorPart tensor) {
        return tensor.ne.stream().reduce(1L, (a, b) -> a * b);
    }

    private static ObjectNode entry(TensorPart tensor, ObjectNode entry) {
        entry.put("name", tensor.name());
        TensorNames.parseCompact(tensor.name()).ifPresent(ref -> entry.put("source_name", ref.source()));
        ArrayNode shape = entry.putArray("shape");
        tensor.ne.reversed().forEach(shape::add);
        GgmlType.ofId(tensor.type).ifPresent(type -> {
            entry.put("gguf_type", type.name());
            torchName(type).ifPresent(name -> entry.put("torch_dtype", name));
        });
        entry.put("numel", numel(tensor)).put("bytes", tensor.data.length);
        entry.put("sha256_raw", Sha256.of(MemorySegment.ofArray(tensor.data)));
        return entry;
    }

    private static Optional<String> torchName(GgmlType type) {
        return switch (type) {
            case BF16 -> Optional.of("bfloat16");
            case F16 -> Optional.of("float16");
            case F32 -> Optional.of("float32");
            default -> Optional.empty();
        };
    }
}
