package rwkvms.sidecar.validation;

import rwkvms.gguf.GgmlType;
import rwkvms.gguf.GgufTensorInfo;
import rwkvms.gguf.Rulings;
import rwkvms.sidecar.NamedTensor;
import rwkvms.sidecar.SidecarFile;
import rwkvms.sidecar.TensorTypes;

/** Every tensor is BF16, F16 or F32. */
final class TensorTypeRule implements SidecarRule {
    @Override
    public void check(SidecarFile file, Findings findings) {
        for (NamedTensor tensor : file.tensors()) {
            GgufTensorInfo info = tensor.info();
            if (info.type().flatMap(TensorTypes::dtype).isEmpty()) {
                findings.add(new Finding(FindingCode.TENSOR_TYPE, tensor.place(), info.typeOffset(),
                        "BF16, F16 or F32", info.type().map(GgmlType::name).orElse("type " + info.typeId()),
                        info.type().isPresent() ? Rulings.NONE : Rulings.BOTH));
            }
        }
    }
}
