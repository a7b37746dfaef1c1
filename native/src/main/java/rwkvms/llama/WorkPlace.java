package rwkvms.llama;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import rwkvms.ggml.Device;
import rwkvms.nativeruntime.NativeHook;

/** Proves from a hook's records that a model was computed where it was asked to be. */
public final class WorkPlace {
    private WorkPlace() {
    }

    /**
     * What contradicts that the target layers were computed on the model's device, or on the processor if none was asked
     * for; empty if nothing does.
     *
     * @param layers the target layers of the hook
     */
    public static List<String> contradictions(LlamaModel model, NativeHook hook, List<Integer> layers) {
        String expected = model.device().map(Device::buffers).orElse(Device.PROCESSOR);
        List<String> found = new ArrayList<>();
        if (model.device().isPresent() && model.offloaded() == 0) {
            found.add("layers on " + model.device().get().name() + ": expected at least 1, found 0");
        }
        for (int layer : layers) {
            found.addAll(contradictions(layer, hook.places(layer), expected));
        }
        return found;
    }

    /** The same for what a hook says of one layer. */
    static List<String> contradictions(int layer, Optional<Map<String, Set<String>>> places, String expected) {
        if (places.isEmpty()) {
            return List.of("layer " + layer + ": this library has no rwkv_ms_hook_places, so nobody knows where it was"
                    + " computed");
        }
        if (places.get().isEmpty()) {
            return List.of("layer " + layer + ": expected its nodes in " + expected + ", found that none was computed");
        }
        return places.get().entrySet().stream().filter(node -> !node.getKey().startsWith(NativeHook.ADDED))
                .filter(node -> !node.getValue().equals(Set.of(expected)))
                .map(node -> "layer " + layer + ": expected " + node.getKey() + " in " + expected + ", found it in "
                        + String.join(" and ", node.getValue()))
                .toList();
    }
}
