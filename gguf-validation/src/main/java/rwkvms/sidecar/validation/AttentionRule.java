package rwkvms.sidecar.validation;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.Set;
import rwkvms.sidecar.AttentionOutputs;
import rwkvms.sidecar.PythonJson;
import rwkvms.sidecar.SidecarFile;
import rwkvms.sidecar.SidecarKey;
import rwkvms.sidecar.SidecarSettings;

/**
 * {@code per_layer_attention_json} has one entry for each target layer and no other: its outputs are positive, its kind
 * follows from the width of q, and its heads are those of every sidecar.
 */
final class AttentionRule implements SidecarRule {
    private static final String KIND = "attention_kind";

    @Override
    public void check(SidecarFile file, Findings findings) {
        JsonNode attention = file.json(SidecarKey.PER_LAYER_ATTENTION);
        if (!attention.isArray()) {
            return;
        }
        Set<Integer> targets = new HashSet<>(SidecarSettings.targetLayers(file));
        Set<Integer> stored = new HashSet<>();
        file.tensors().forEach(tensor -> tensor.ref().ifPresent(ref -> stored.add(ref.layer())));
        Set<Integer> seen = new HashSet<>();
        for (JsonNode entry : attention) {
            JsonNode layer = entry.path("layer");
            if (layer.isInt() && !targets.contains(layer.intValue()) && stored.contains(layer.intValue())) {
                continue; // its tensors are there: LayerRule or TensorSetRule says that the target is not
            }
            if (!layer.isInt() || !targets.contains(layer.intValue()) || !seen.add(layer.intValue())) {
                findings.add(FindingCode.ATTENTION, file, SidecarKey.PER_LAYER_ATTENTION,
                        "each target layer once", "an entry of layer " + PythonJson.shown(layer));
            } else {
                entry(layer.intValue(), entry, file, findings);
            }
        }
        targets.stream().filter(layer -> !seen.contains(layer)).sorted()
                .forEach(layer -> findings.add(FindingCode.ATTENTION, file, SidecarKey.PER_LAYER_ATTENTION,
                        "an entry of layer " + layer, "none"));
    }

    private static void entry(int layer, JsonNode entry, SidecarFile file, Findings findings) {
        for (String output : AttentionOutputs.NAMES) {
            JsonNode width = entry.path(output);
            if (!width.isInt() || width.intValue() < 1) {
                member(layer, output, entry, "an integer from 1", file, findings);
            }
        }
        JsonNode q = entry.path(AttentionOutputs.NAMES.getFirst());
        if (q.isInt()) {
            fixed(layer, KIND, PythonJson.quoted(AttentionOutputs.kind(q.intValue())), entry, file, findings);
        }
        fixed(layer, "active_delta_heads", "[\"q\",\"o\"]", entry, file, findings);
        fixed(layer, "compat_delta_heads", "[\"k\",\"v\"]", entry, file, findings);
    }

    private static void fixed(int layer, String name, String expected, JsonNode entry, SidecarFile file,
            Findings findings) {
        if (!PythonJson.shown(entry.path(name)).equals(expected)) {
            member(layer, name, entry, expected, file, findings);
        }
    }

    private static void member(int layer, String name, JsonNode entry, String expected, SidecarFile file,
            Findings findings) {
        findings.add(FindingCode.ATTENTION,
                SidecarFile.place(SidecarKey.PER_LAYER_ATTENTION) + ", layer " + layer + ", " + name,
                file.offset(SidecarKey.PER_LAYER_ATTENTION), expected, PythonJson.shown(entry.path(name)));
    }
}
