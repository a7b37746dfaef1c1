package rwkvms.pipe;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import rwkvms.checkpoint.Safetensors;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.sidecar.PythonJson;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** A question to a program while it is put together. */
final class Request {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Operation operation;
    private final SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    private final Map<String, String> texts = new LinkedHashMap<>();

    Request(Operation operation) {
        this.operation = operation;
        text("operation", operation.label());
    }

    Operation operation() {
        return operation;
    }

    Request text(String key, Object value) {
        texts.put(key, value.toString());
        return this;
    }

    /** Adds settings as a JSON object with the names of a fixture. */
    Request settings(MemoryConfig config) {
        return text("settings",
                PythonJson.compact(MAPPER.valueToTree(config.byName()), PythonJson.Keys.AS_GIVEN));
    }

    /** Adds a tensor; floating values widened or rounded to float32. */
    Request tensor(String name, Tensor tensor) {
        tensors.put(name, tensor.dtype().isFloating() ? tensor.asFloat32() : tensor);
        return this;
    }

    /** Adds a tensor of one sequence with the batch dimension of math.md in front. */
    Request row(MathTensor name, Tensor tensor) {
        return tensor(name.label(), tensor.reshape(tensor.shape().prepend(1)));
    }

    Request position(long position) {
        return tensor(MathTensor.INITIAL_POSITIONS.label(), Tensor.ofLongs(Shape.of(1), position));
    }

    Safetensors message() {
        return new Safetensors(tensors, texts);
    }
}
