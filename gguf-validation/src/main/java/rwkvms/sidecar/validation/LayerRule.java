package rwkvms.sidecar.validation;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.EnumSet;
import java.util.Optional;
import rwkvms.math.DeltaHead;
import rwkvms.sidecar.PythonJson;
import rwkvms.sidecar.SidecarFile;
import rwkvms.sidecar.SidecarKey;
import rwkvms.sidecar.SidecarSchema;

/** Target layers are ascending layer numbers, at least one; delta heads are some of q, k, v, o, each once. */
final class LayerRule implements SidecarRule {
    @Override
    public void check(SidecarFile file, Findings findings) {
        layers(file, findings);
        heads(file, findings);
    }

    private static void layers(SidecarFile file, Findings findings) {
        JsonNode layers = file.json(SidecarKey.TARGET_LAYERS);
        if (!layers.isArray()) {
            return;
        }
        if (layers.isEmpty() || layers.size() > SidecarSchema.MAX_LAYERS) {
            findings.add(FindingCode.TARGET_LAYERS, file, SidecarKey.TARGET_LAYERS,
                    "1 to " + SidecarSchema.MAX_LAYERS + " layers",
                    "" + layers.size());
        }
        int before = -1;
        for (JsonNode layer : layers) {
            if (!layer.isInt() || layer.intValue() <= before) {
                findings.add(FindingCode.TARGET_LAYERS, file, SidecarKey.TARGET_LAYERS,
                        before < 0 ? "a layer number from 0" : "a layer above " + before, PythonJson.shown(layer));
            } else {
                before = layer.intValue();
            }
        }
    }

    private static void heads(SidecarFile file, Findings findings) {
        EnumSet<DeltaHead> seen = EnumSet.noneOf(DeltaHead.class);
        JsonNode heads = file.json(SidecarKey.DELTA_HEADS);
        if (!heads.isArray()) {
            return;
        }
        for (JsonNode head : heads) {
            Optional<DeltaHead> known = Optional.ofNullable(head.textValue()).flatMap(DeltaHead::ofLabel);
            if (known.isEmpty() || !seen.add(known.get())) {
                findings.add(FindingCode.DELTA_HEADS, file, SidecarKey.DELTA_HEADS, "some of q, k, v, o, each once",
                        PythonJson.shown(head));
            }
        }
    }
}
