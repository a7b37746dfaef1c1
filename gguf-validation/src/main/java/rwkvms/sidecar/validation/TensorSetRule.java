package rwkvms.sidecar.validation;

import java.util.HashSet;
import java.util.Set;
import rwkvms.sidecar.MemoryTensor;
import rwkvms.sidecar.NamedTensor;
import rwkvms.sidecar.PythonJson;
import rwkvms.sidecar.SidecarFile;
import rwkvms.sidecar.SidecarKey;
import rwkvms.sidecar.SidecarSettings;
import rwkvms.sidecar.TensorNames;

/** The tensors are those of the target layers: none missing, none unknown, none of another layer. */
final class TensorSetRule implements SidecarRule {
    @Override
    public void check(SidecarFile file, Findings findings) {
        Set<Integer> targets = new HashSet<>(SidecarSettings.targetLayers(file));
        boolean layersKnown = file.json(SidecarKey.TARGET_LAYERS).isArray();
        String targetsShown = PythonJson.shown(file.json(SidecarKey.TARGET_LAYERS));
        boolean coupled = SidecarSettings.flag(file, SidecarSettings.COUPLE_LAMBDA);
        Set<TensorNames.Ref> found = new HashSet<>();
        for (NamedTensor tensor : file.tensors()) {
            long offset = tensor.info().infoOffset();
            tensor.ref().ifPresentOrElse(ref -> {
                found.add(ref);
                if (layersKnown && !targets.contains(ref.layer())) {
                    findings.add(FindingCode.TENSOR_LAYER, tensor.place(), offset, "one of the target layers "
                            + targetsShown, "layer " + ref.layer());
                } else if (coupled && ref.tensor().ofFreeLambda()) {
                    findings.add(FindingCode.LAMBDA_UNUSED, tensor.place(), offset, "none, or couple_lambda false",
                            "couple_lambda true");
                }
            }, () -> findings.add(FindingCode.TENSOR_UNKNOWN, tensor.place(), offset,
                    "blk.<layer>. and a tensor of the sidecar format", "another name"));
        }
        missing(file, coupled, found, findings);
    }

    private static void missing(SidecarFile file, boolean coupled, Set<TensorNames.Ref> found, Findings findings) {
        for (int layer : new HashSet<>(SidecarSettings.targetLayers(file)).stream().sorted().toList()) {
            for (MemoryTensor tensor : MemoryTensor.values()) {
                TensorNames.Ref ref = new TensorNames.Ref(layer, tensor);
                if (!(coupled && tensor.ofFreeLambda()) && !found.contains(ref)) {
                    findings.add(FindingCode.TENSOR_MISSING, "tensor \"" + ref.compact() + "\"", Finding.NOWHERE,
                            "it beside the other tensors of layer " + layer, "none");
                }
            }
        }
    }
}
