package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import rwkvms.fixtures.Tensor;
import rwkvms.report.Verdict;
import rwkvms.sidecar.Finding;
import rwkvms.sidecar.LayerWeights;
import rwkvms.sidecar.MemoryTensor;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.SidecarConfig;
import rwkvms.sidecar.SidecarValidator;
import rwkvms.sidecar.TensorNames;
import rwkvms.sidecar.ValidationReport;

/** {@code gate sidecar}: work on sidecar files. */
@Command(name = "sidecar", description = "Works on sidecar files.", subcommands = {SidecarCommand.Validate.class,
        SidecarCommand.Inspect.class})
final class SidecarCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before run()
    private CommandSpec spec;

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(),
                "expected a command: validate or inspect, found none");
    }

    private static void requireReadable(Path file) throws IOException {
        if (!Files.isReadable(file) || Files.isDirectory(file)) {
            throw new IOException(file + ": expected a readable file, found "
                    + (Files.isDirectory(file) ? "a folder" : Files.exists(file) ? "one without permission" : "none"));
        }
    }

    /** {@code gate sidecar validate FILE}: every finding, with its code, place, byte offset, expected and found. */
    @Command(name = "validate", description = "Reports every fault of a sidecar.")
    static final class Validate implements Callable<Integer> {
        @Spec
        @SuppressWarnings("NullAway.Init") // picocli sets it before call()
        private CommandSpec spec;

        @Mixin
        private CommonOptions common = new CommonOptions();

        @Parameters(paramLabel = "FILE", description = "The sidecar.")
        @SuppressWarnings("NullAway.Init") // a required parameter
        private Path file;

        @Option(names = "--base", paramLabel = "FILE", description = "The base file that it names by SHA-256.")
        private @Nullable Path base;

        @Override
        public Integer call() throws IOException {
            requireReadable(file);
            if (base != null) {
                requireReadable(base);
            }
            ValidationReport report = SidecarValidator.validate(file, base);
            if (common.json()) {
                spec.commandLine().getOut().println(json(report));
            } else {
                for (Finding finding : report.findings()) {
                    spec.commandLine().getOut().println(finding.severity() + " " + finding);
                }
                spec.commandLine().getOut().println(file + ": " + (report.isValid() ? "valid" : "NOT VALID") + ", "
                        + (report.findings().size() + report.omitted()) + " findings");
            }
            return report.isValid() ? Verdict.PASSED : Verdict.FAILED;
        }

        private ObjectNode json(ValidationReport report) {
            ObjectNode json = JsonNodeFactory.instance.objectNode();
            json.put("ok", report.isValid()).put("file", file.toString()).put("omitted", report.omitted());
            ArrayNode findings = json.putArray("findings");
            for (Finding finding : report.findings()) {
                ObjectNode one = findings.addObject().put("code", finding.code().name())
                        .put("severity", finding.severity().name()).put("kind", finding.kind().name())
                        .put("place", finding.place());
                if (finding.byteOffset() == Finding.NOWHERE) {
                    one.putNull("byte_offset");
                } else {
                    one.put("byte_offset", finding.byteOffset());
                }
                one.put("expected", finding.expected()).put("found", finding.found())
                        .put("message", finding.message());
            }
            return json;
        }
    }

    /** {@code gate sidecar inspect FILE}: what is in it. */
    @Command(name = "inspect", description = "Shows the configuration and the tensors of a sidecar.")
    static final class Inspect implements Callable<Integer> {
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
            requireReadable(file);
            try (Sidecar sidecar = Sidecar.open(file)) {
                ObjectNode json = json(sidecar);
                if (common.json()) {
                    spec.commandLine().getOut().println(json);
                } else {
                    print(json);
                }
            }
            return Verdict.PASSED;
        }

        private ObjectNode json(Sidecar sidecar) {
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
                    .put("target_layers", sidecar.layers().toString())
                    .put("delta_heads", config.deltaHeads().toString());
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
                    tensors.addObject().put("name", TensorNames.compact(layer, name))
                            .put("dtype", tensor.dtype().label()).put("shape", tensor.shape().toString())
                            .put("values", tensor.count());
                }
            }
        }

        private void print(ObjectNode json) {
            var out = spec.commandLine().getOut();
            json.properties().forEach(entry -> {
                if (!entry.getKey().equals("tensors")) {
                    out.printf("%-28s %s%n", entry.getKey(), entry.getValue().asText());
                }
            });
            out.printf("%n%-36s %-9s %-14s %9s%n", "tensor", "dtype", "shape", "values");
            for (var tensor : json.withArray("tensors")) {
                out.printf("%-36s %-9s %-14s %9d%n", tensor.path("name").asText(), tensor.path("dtype").asText(),
                        tensor.path("shape").asText(), tensor.path("values").asInt());
            }
        }
    }
}
