package rwkvms.pipe;

import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import rwkvms.checkpoint.Safetensors;
import rwkvms.math.DeltaHead;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.math.UpdateMode;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.ScanInput;
import rwkvms.runtime.StateException;
import rwkvms.runtime.Taps;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.Json;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.validation.SidecarReader;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * The other side of the pipe, as a program: it serves the reference, and says what it finds wrong in a request. Its arguments are
 * operations that it does not offer.
 */
public final class ReferenceTestee {
    static final String NAME = "reference over a pipe";
    static final String VERSION = "1.0";
    private static final String OPERATIONS = "open close start end forward scan get_state set_state reset save load";

    private final ReferenceRuntime runtime = new ReferenceRuntime();
    private final Map<String, Sidecar> sidecars = new HashMap<>();
    private final Map<String, LoadedMemory> memories = new HashMap<>();
    private final Map<String, MemorySession> sessions = new HashMap<>();

    private final List<String> left;

    private ReferenceTestee(String... leftOut) {
        this.left = Stream.of(OPERATIONS.split(" ", -1)).filter(each -> !List.of(leftOut).contains(each)).toList();
    }

    public static void main(String... arguments) throws IOException {
        OutputStream out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out));
        System.setOut(System.err);
        ReferenceTestee testee = new ReferenceTestee(arguments);
        try {
            while (true) {
                Frame.write(out, testee.answer(Frame.read(System.in, "the request")));
            }
        } catch (EOFException end) {
            if (!String.valueOf(end.getMessage()).isEmpty()) {
                throw end;
            }
        }
    }

    /** What it answers; the answer to hello is printed in pipe.md. */
    private Safetensors answer(Safetensors request) {
        try {
            return answered(new Asked(request));
        } catch (StateException e) {
            return status("refused", Map.of("text", String.valueOf(e.getMessage()), "fault",
                    e.fault().orElseThrow().name()));
        } catch (NotEvaluatedException e) {
            return status("unsupported", Map.of("text", e.reason()));
        } catch (RuntimeException | IOException e) {
            return status("error", Map.of("text", e.toString()));
        }
    }

    private Safetensors answered(Asked asked) throws IOException, NotEvaluatedException {
        return switch (Operation.valueOf(asked.text("operation").toUpperCase(Locale.ROOT))) {
            case HELLO -> hello(String.join(" ", left));
            case OPEN -> open(asked);
            case CLOSE -> {
                memories.remove(asked.text("memory")).close();
                sidecars.remove(asked.text("memory")).close();
                yield ok();
            }
            case START -> {
                sessions.put(asked.text("session"), memories.get(asked.text("memory")).newSession());
                yield ok();
            }
            case END -> {
                sessions.remove(asked.text("session")).close();
                yield ok();
            }
            case FORWARD -> results(session(asked).forward(asked.layer(), asked.forward()));
            case SCAN -> results(runtime.scan(asked.config(), asked.scan()));
            case GET_STATE -> state(session(asked).state(asked.layer()));
            case SET_STATE -> {
                session(asked).setState(asked.layer(), new LayerState(asked.row(MathTensor.INITIAL_STATE),
                        asked.position(), asked.row(MathTensor.INITIAL_PREVIOUS_SOURCE)));
                yield ok();
            }
            case RESET -> {
                session(asked).reset();
                yield ok();
            }
            case SAVE -> {
                byte[] payload = session(asked).saveState();
                yield new Safetensors(
                        new LinkedHashMap<>(Map.of("payload", Tensor.copyOf(DType.UINT8,
                                Shape.of(payload.length), payload))),
                        Map.of("status", "ok"));
            }
            case LOAD -> {
                session(asked).loadState(asked.tensor("payload").bytes().toArray(ValueLayout.JAVA_BYTE));
                yield ok();
            }
        };
    }

    static Safetensors hello() {
        return hello(OPERATIONS);
    }

    private static Safetensors hello(String operations) {
        SequencedMap<String, String> texts = new LinkedHashMap<>();
        texts.put("protocol", "1");
        texts.put("name", NAME);
        texts.put("version", VERSION);
        texts.put("operations", operations);
        texts.put("dtype", "float32");
        return status("ok", texts);
    }

    private Safetensors open(Asked asked) throws IOException {
        Sidecar sidecar = SidecarReader.open(Path.of(asked.text("sidecar")));
        sidecars.put(asked.text("memory"), sidecar);
        for (int layer : sidecar.layers()) {
            sidecar.layer(layer).tensors().forEach((name, weight) -> {
                Tensor sent = asked.tensor("blk." + layer + "." + name.compactTail());
                if (!sent.sameBits(weight.asFloat32())) {
                    throw new IllegalStateException(name + ": expected the sidecar's values in float32, found " + sent);
                }
            });
        }
        memories.put(asked.text("memory"),
                runtime.load(new MemoryModel(sidecar, Optional.empty(), asked.config())));
        return ok();
    }

    private MemorySession session(Asked asked) {
        return sessions.get(asked.text("session"));
    }

    private static Safetensors state(LayerState state) {
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("final_state", state.state().reshape(state.state().shape().prepend(1)));
        tensors.put("final_positions", Tensor.ofLongs(Shape.of(1), state.position()));
        tensors.put("final_previous_source",
                state.previousSource().reshape(state.previousSource().shape().prepend(1)));
        return new Safetensors(tensors, Map.of("status", "ok"));
    }

    private static Safetensors results(TensorSet results) {
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        results.names().forEach(name -> tensors.put(name.label(), results.get(name)));
        return new Safetensors(tensors, Map.of("status", "ok"));
    }

    private static Safetensors ok() {
        return status("ok", Map.of());
    }

    private static Safetensors status(String status, Map<String, String> more) {
        SequencedMap<String, String> texts = new LinkedHashMap<>(Map.of("status", status));
        texts.putAll(more);
        return new Safetensors(new LinkedHashMap<>(), texts);
    }

    /** A request with its parts as the reference takes them. */
    private record Asked(Safetensors request) {
        String text(String key) {
            String text = request.metadata().get(key);
            if (text == null) {
                throw new IllegalArgumentException("expected " + key + ", found " + request.metadata().keySet());
            }
            return text;
        }

        int layer() {
            return Integer.parseInt(text("layer"));
        }

        Tensor tensor(String name) {
            Tensor tensor = request.tensors().get(name);
            if (tensor == null) {
                throw new IllegalArgumentException("expected " + name + ", found " + request.tensors().keySet());
            }
            return tensor;
        }

        Tensor row(MathTensor name) {
            Tensor batch = tensor(name.label());
            return batch.reshape(batch.shape().withoutFirst());
        }

        long position() {
            return tensor("initial_positions").longAt(0);
        }

        Optional<Tensor> mask() {
            return request.tensors().containsKey("token_mask")
                    ? Optional.of(row(MathTensor.TOKEN_MASK))
                    : Optional.empty();
        }

        ForwardInput forward() {
            return new ForwardInput(row(MathTensor.HIDDEN_STATES), mask(), text("predecessor").equals("legacy"),
                    text("write").equals("false"), Taps.valueOf(text("taps").toUpperCase(Locale.ROOT)));
        }

        ScanInput scan() {
            return new ScanInput(row(MathTensor.FEATURE_R), row(MathTensor.FEATURE_W), row(MathTensor.FEATURE_K),
                    row(MathTensor.FEATURE_V), row(MathTensor.FEATURE_A), row(MathTensor.FEATURE_B),
                    gate(MathTensor.BETA), gate(MathTensor.LAMBDA), row(MathTensor.INITIAL_STATE), mask(), position());
        }

        private Tensor gate(MathTensor name) {
            Tensor gate = row(name);
            return gate.reshape(Shape.of(gate.shape().dim(0), gate.shape().dim(1)));
        }

        MemoryConfig config() throws IOException {
            JsonNode json = Json.parse(text("settings"));
            Set<DeltaHead> heads = EnumSet.noneOf(DeltaHead.class);
            json.path("delta_heads").forEach(head -> heads.add(DeltaHead.ofLabel(head.asText()).orElseThrow()));
            return new MemoryConfig(json.path("hidden_size").asInt(), json.path("rank").asInt(),
                    json.path("num_state_heads").asInt(), json.path("rwkv_ms_num_states").asInt(),
                    json.path("rwkv_ms_chunk_size").asLong(), json.path("alpha").asDouble(),
                    json.path("rwkv_ms_erase_gate").asDouble(), json.path("rwkv_ms_read_top_k").asInt(),
                    json.path("rwkv_ms_semantics_version").asInt(),
                    UpdateMode.ofLabel(json.path("state_update_mode").asText()).orElseThrow(), heads,
                    json.path("normalize_qk").asBoolean(), json.path("couple_lambda").asBoolean(),
                    json.path("rankwise_gates").asBoolean());
        }
    }
}
