package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import rwkvms.fixtures.Tensor;
import rwkvms.report.Verdict;
import rwkvms.sidecar.LayerWeights;
import rwkvms.sidecar.MemoryTensor;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.SidecarConfig;
import rwkvms.sidecar.TensorNames;

/** {@code gate sidecar inspect FILE}: what is in it. */
@Command(name = "inspect", description = "Shows the configuration and the tensors of a sidecar.")
final class SidecarInspect implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Parameters(paramLabel = "FILE", description = "The sidecar.")
    @SuppressWarnings("NullAway.Init") // a required parameter
    private Path file;

    @Override
    public Integer call() throws IOException {
        InputFiles.readable(file);
        try (Sidecar sidecar = Sidecar.open(file)) {
            ObjectNode described = described(sidecar);
            ObjectNode json = JsonNodeFactory.instance.objectNode().put("ok", true);
            json.putArray("errors");
            json.setAll(described);
            if (common.json()) {
                spec.commandLine().getOut().println(json);
            } else {
                print(described);
            }
            common.leave("gate sidecar inspect", Map.of(file.toString(), List.of()), json);
        }
        return Verdict.PASSED;
    }

    private ObjectNode described(Sidecar sidecar) {
        SidecarConfig config = sidecar.config();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("file", file.toString()).put("base_gguf", sidecar.baseGguf())
                .put("base_gguf_sha256", sidecar.baseSha256()).put("hidden_size", config.hiddenSize())
                .put("rank", config.rank()).put("alpha", config.alpha())
                .put("num_state_heads", config.numStateHeads()).put("rwkv_ms_num_states", config.numStates())
                .put("rwkv_ms_chunk_size", config.chunkSize())
                .put("rwkv_ms_boundary_mode", config.boundaryMode())
                .put("rwkv_ms_semantics_version", config.semanticsVersion())
                .put("rwkv_ms_erase_gate", config.eraseGate()).put("rwkv_ms_read_top_k", config.readTopK())
                .put("state_update_mode", config.updateMode().label()).put("normalize_qk", config.normalizeQk())
                .put("couple_lambda", config.coupleLambda()).put("rankwise_gates", config.rankwiseGates())
                .put("trainable_delta_scale", config.trainableDeltaScale());
        sidecar.layers().forEach(json.putArray("target_layers")::add);
        config.deltaHeads().forEach(head -> json.withArray("delta_heads").add(head.label()));
        ArrayNode tensors = json.putArray("tensors");
        for (int layer : sidecar.layers()) {
            addTensors(tensors, layer, sidecar.layer(layer));
        }
        return json;
    }

    private static void addTensors(ArrayNode tensors, int layer, LayerWeights weights) {
        for (MemoryTensor name : MemoryTensor.values()) {
            Tensor tensor = weights.find(name);
            if (tensor != null) {
                ObjectNode one = tensors.addObject().put("name", TensorNames.compact(layer, name))
                        .put("dtype", tensor.dtype().label()).put("values", tensor.count());
                for (long dim : tensor.shape().dims()) {
                    one.withArray("shape").add(dim);
                }
            }
        }
    }

    private void print(ObjectNode json) {
        var out = spec.commandLine().getOut();
        json.properties().forEach(entry -> {
            if (!entry.getKey().equals("tensors")) {
                out.printf("%-28s %s%n", entry.getKey(), text(entry.getValue()));
            }
        });
        out.printf("%n%-36s %-9s %-14s %9s%n", "tensor", "dtype", "shape", "values");
        for (var tensor : json.withArray("tensors")) {
            out.printf("%-36s %-9s %-14s %9d%n", tensor.path("name").asText(), tensor.path("dtype").asText(),
                    text(tensor.path("shape")), tensor.path("values").asInt());
        }
    }

    private static String text(JsonNode value) {
        return value.isTextual() ? value.textValue() : value.toString().replace(",", ", ").replace("\"", "");
    }
}
