package rwkvms.golden;

import java.util.HashMap;
import java.util.Map;
import rwkvms.file.Sha256;
import rwkvms.fixtures.Fixture;
import rwkvms.sidecar.LayerWeights;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.TensorNames;
import rwkvms.tensor.Tensor;

/** Proves that a sidecar holds the weights that a fixture was computed with, by the hash of every tensor of the layer. */
final class SidecarBinding {
    private SidecarBinding() {
    }

    static void check(Fixture fixture, Sidecar sidecar) throws BindingException {
        int layer = fixture.pass().layer();
        String file = sidecar.path().toString();
        if (!sidecar.layers().contains(layer)) {
            throw new BindingException(file + ": target layers", "layer " + layer + ", as the fixture's config has it",
                    sidecar.layers().toString());
        }
        if (sidecar.config().hiddenSize() != fixture.config().hiddenSize()) {
            throw new BindingException(file + ": hidden size", fixture.config().hiddenSize() + ", as in the fixture",
                    String.valueOf(sidecar.config().hiddenSize()));
        }
        Map<String, Tensor> weights = weights(sidecar.layer(layer), layer);
        for (Map.Entry<String, String> stated : fixture.adapterTensors().sha256().entrySet()) {
            Tensor weight = weights.remove(stated.getKey());
            if (weight == null) {
                throw new BindingException(file + ": " + stated.getKey(),
                        "the tensor that the fixture's adapter_layer_tensors names", "none");
            }
            String found = Sha256.of(weight.bytes());
            if (!found.equals(stated.getValue())) {
                throw new BindingException(file + ": " + stated.getKey(),
                        "SHA-256 " + stated.getValue() + " as in the fixture's adapter_layer_tensors",
                        found + " over the stored " + weight);
            }
        }
        if (!weights.isEmpty()) {
            throw new BindingException("adapter_layer_tensors.sha256",
                    "a hash of every tensor of layer " + layer + " in " + file, "none of " + weights.keySet());
        }
    }

    private static Map<String, Tensor> weights(LayerWeights layer, int index) {
        Map<String, Tensor> weights = new HashMap<>();
        layer.tensors().forEach((name, tensor) -> weights.put(TensorNames.source(index, name), tensor));
        return weights;
    }
}
