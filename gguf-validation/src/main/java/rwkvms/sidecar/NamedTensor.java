package rwkvms.sidecar;

import java.util.List;
import java.util.Optional;
import rwkvms.gguf.GgufTensorInfo;

/**
 * A tensor of a file and the meaning of its name.
 *
 * @param ref layer and tensor, or empty for a name that the format does not know
 */
public record NamedTensor(GgufTensorInfo info, Optional<TensorNames.Ref> ref) {
    static NamedTensor of(GgufTensorInfo info) {
        return new NamedTensor(info, TensorNames.parseCompact(info.name()));
    }

    /** Whether this is a tensor of exactly that shape in symbols. */
    boolean has(List<Dim> dims) {
        return ref.isPresent() && ref.get().tensor().dims().equals(dims);
    }

    public String place() {
        return info.place();
    }
}
