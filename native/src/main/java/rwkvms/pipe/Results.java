package rwkvms.pipe;

import java.util.EnumMap;
import java.util.Map;
import rwkvms.checkpoint.Safetensors;
import rwkvms.math.MathTensor;
import rwkvms.runtime.RuntimeFailure;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Tensor;

/** The tensors of an answer under their names in math.md, floating values as float32. */
final class Results {
    private Results() {
    }

    static TensorSet of(Operation operation, Safetensors answer) {
        Map<MathTensor, Tensor> results = new EnumMap<>(MathTensor.class);
        answer.tensors().forEach((label, tensor) -> {
            MathTensor name = MathTensor.ofLabel(label).filter(known -> !known.isInput())
                    .orElseThrow(() -> new RuntimeFailure(operation.label()
                            + ": expected the names of results in math.md, found the tensor " + label));
            results.put(name, tensor.dtype().isFloating() ? tensor.asFloat32() : tensor);
        });
        return TensorSet.of(results);
    }
}
