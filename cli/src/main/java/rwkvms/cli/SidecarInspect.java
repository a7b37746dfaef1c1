package rwkvms.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import rwkvms.file.Sha256;
import rwkvms.gguf.GgufEntry;
import rwkvms.gguf.GgufException;
import rwkvms.gguf.GgufFile;
import rwkvms.gguf.GgufReader;
import rwkvms.gguf.GgufTensorInfo;
import rwkvms.gguf.GgufValue;
import rwkvms.math.MemoryConfig;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.TensorTypes;
import rwkvms.sidecar.validation.SidecarReader;

/** {@code gate sidecar inspect FILE}: shows what is in a sidecar, and at which byte. */
@Command(name = "inspect", description = "Shows the configuration, the keys and the tensors of a sidecar.")
final class SidecarInspect extends GateCommand {
    private static final int MAX_SHOWN_VALUE = 60;
    private static final int HASH_DIGITS = 16;

    @Parameters(paramLabel = "FILE", description = "The sidecar.")
    @SuppressWarnings("NullAway.Init") // a required parameter
    private Path file;

    @Override
    public Integer call() throws IOException {
        InputFiles.readable(file);
        try (Sidecar sidecar = SidecarReader.open(file); Arena arena = Arena.ofConfined()) {
            ObjectNode described = described(sidecar, GgufReader.read(file, arena));
            return tellDone(file, (json, whole) -> json.setAll(described),
                    (verdict, out) -> print(described, out));
        }
    }

    private ObjectNode described(Sidecar sidecar, GgufFile gguf) throws IOException {
        MemoryConfig config = sidecar.config();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("file", file.toString()).put("bytes", Files.size(file)).put("sha256", Sha256.of(file))
                .put("gguf_version", gguf.version()).put("format_version", sidecar.toDraft().formatVersion())
                .put("header_bytes", gguf.infoEnd()).put("data_start", gguf.dataStart())
                .put("data_bytes", Files.size(file) - gguf.dataStart()).put("alignment", gguf.alignment())
                .put("base_gguf", sidecar.baseGguf())
                .put("base_gguf_sha256", sidecar.baseSha256()).put("hidden_size", config.hiddenSize())
                .put("rank", config.rank()).put("alpha", config.alpha())
                .put("num_state_heads", config.numStateHeads()).put("rwkv_ms_num_states", config.numStates())
                .put("rwkv_ms_chunk_size", config.chunkSize())
                .put("rwkv_ms_boundary_mode", MemoryConfig.FIXED_CHUNK)
                .put("rwkv_ms_semantics_version", config.semanticsVersion())
                .put("rwkv_ms_erase_gate", config.eraseGate()).put("rwkv_ms_read_top_k", config.readTopK())
                .put("state_update_mode", config.updateMode().label()).put("normalize_qk", config.normalizeQk())
                .put("couple_lambda", config.coupleLambda()).put("rankwise_gates", config.rankwiseGates())
                .put("trainable_delta_scale", false);
        sidecar.layers().forEach(json.putArray("target_layers")::add);
        ArrayNode heads = json.putArray("delta_heads");
        config.deltaHeads().forEach(head -> heads.add(head.label()));
        ArrayNode keys = json.putArray("keys");
        gguf.entries().forEach(entry -> addKey(keys, entry));
        ArrayNode tensors = json.putArray("tensors");
        for (GgufTensorInfo tensor : gguf.tensors()) {
            addTensor(tensors, tensor, gguf);
        }
        json.put("values", tensors.valueStream().mapToLong(tensor -> tensor.path("values").longValue()).sum());
        return json;
    }

    private static void addKey(ArrayNode keys, GgufEntry entry) {
        ObjectNode one = keys.addObject().put("key", entry.key()).put("type", entry.value().type().label())
                .put("offset", entry.valueOffset());
        switch (entry.value()) {
            case GgufValue.Text text -> one.put("value", text.value());
            case GgufValue.Int number -> one.put("value", number.value());
            case GgufValue.Real number -> one.put("value", number.value());
            default -> one.put("value", entry.value().toString());
        }
    }

    private static void addTensor(ArrayNode tensors, GgufTensorInfo tensor, GgufFile gguf) throws GgufException {
        ObjectNode one = tensors.addObject().put("name", tensor.name());
        tensor.type().ifPresent(type -> one.put("type", type.name()));
        tensor.type().flatMap(TensorTypes::dtype).ifPresent(dtype -> one.put("dtype", dtype.label()));
        ArrayNode shape = one.putArray("shape");
        tensor.ne().reversed().forEach(shape::add);
        one.put("values", tensor.count().orElse(0)).put("bytes", tensor.byteSize().orElse(0))
                .put("offset", gguf.dataStart() + tensor.dataOffset()).put("sha256", Sha256.of(gguf.data(tensor)));
    }

    private static void print(ObjectNode json, PrintWriter out) {
        printFields(json, 28, Set.of("tensors", "keys"), out);
        out.printf(Locale.ROOT, "%n%-42s %-4s %9s  %s%n", "key", "type", "offset", "value");
        for (JsonNode key : json.path("keys")) {
            out.printf(Locale.ROOT, "%-42s %-4s %9d  %s%n", key.path("key").asText(), key.path("type").asText(),
                    key.path("offset").asLong(), cut(key.path("value")));
        }
        out.printf(Locale.ROOT, "%n%-36s %-4s %-14s %9s %9s %9s  %s%n", "tensor", "type", "shape", "values", "offset",
                "bytes", "SHA-256");
        for (JsonNode tensor : json.path("tensors")) {
            out.printf(Locale.ROOT, "%-36s %-4s %-14s %9d %9d %9d  %s…%n", tensor.path("name").asText(),
                    tensor.path("type").asText(), text(tensor.path("shape")), tensor.path("values").asLong(),
                    tensor.path("offset").asLong(), tensor.path("bytes").asLong(),
                    tensor.path("sha256").asText().substring(0, HASH_DIGITS));
        }
    }

    /** Prints one line per field that is not {@code hidden}, with its name in a column of {@code width}. */
    static void printFields(ObjectNode json, int width, Set<String> hidden, PrintWriter out) {
        json.properties().stream().filter(field -> !hidden.contains(field.getKey())).forEach(field -> out.printf(
                Locale.ROOT, "%-" + width + "s %s%n", field.getKey(), text(field.getValue())));
    }

    private static String text(JsonNode value) {
        return value.isTextual() ? value.textValue() : value.toString().replace(",", ", ").replace("\"", "");
    }

    /** Returns one line of the value, without control characters. */
    private static String cut(JsonNode value) {
        String text = value.asText().replaceAll("\\p{Cntrl}", " ");
        return text.length() <= MAX_SHOWN_VALUE
                ? text
                : text.substring(0, MAX_SHOWN_VALUE) + "… (" + text.length() + " characters)";
    }
}
