package rwkvms.sidecar;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/** Every target layer has its attention outputs, positive, in {@code per_layer_attention_json}. */
final class AttentionRule implements SidecarRule {
    @Override
    public void check(SidecarFile file, Findings findings) {
        if (!file.json(SidecarKey.PER_LAYER_ATTENTION).isArray()) {
            return;
        }
        Map<Integer, JsonNode> attention = LayerSizes.of(file).attention();
        for (int layer : Settings.targetLayers(file)) {
            JsonNode entry = attention.get(layer);
            if (entry == null) {
                findings.add(FindingCode.ATTENTION, file, SidecarKey.PER_LAYER_ATTENTION,
                        "an entry of layer " + layer, "none");
                continue;
            }
            for (String output : AttentionOutputs.NAMES) {
                JsonNode width = entry.path(output);
                if (!width.isInt() || width.intValue() < 1) {
                    findings.add(FindingCode.ATTENTION,
                            SidecarFile.place(SidecarKey.PER_LAYER_ATTENTION) + ", layer " + layer + ", " + output,
                            file.offset(SidecarKey.PER_LAYER_ATTENTION), "an integer from 1",
                            SidecarFile.shown(width));
                }
            }
        }
    }
}
