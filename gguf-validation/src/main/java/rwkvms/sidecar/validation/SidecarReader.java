package rwkvms.sidecar.validation;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import rwkvms.file.ByteProgress;
import rwkvms.gguf.GgmlType;
import rwkvms.gguf.GgufException;
import rwkvms.gguf.GgufFile;
import rwkvms.gguf.GgufReader;
import rwkvms.gguf.GgufTensorInfo;
import rwkvms.sidecar.LayerWeights;
import rwkvms.sidecar.MemoryTensor;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.SidecarFile;
import rwkvms.sidecar.SidecarSettings;
import rwkvms.sidecar.TensorNames;
import rwkvms.sidecar.TensorTypes;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** Reads a sidecar into a {@link Sidecar} whose weights are views of the map; validates it first. */
public final class SidecarReader {
    private SidecarReader() {
    }

    /**
     * Opens a sidecar that the reference can compute: one that is not malformed, and asks for nothing undefined. Any
     * number of state heads is taken, though the C++ runtime takes only one; {@link SidecarValidator} reports that.
     *
     * @throws SidecarException with every finding of the validator
     */
    @SuppressWarnings("MustBeClosedChecker") // the sidecar closes the arena
    public static Sidecar open(Path path) throws SidecarException {
        Arena arena = Arena.ofShared();
        boolean opened = false;
        try {
            Sidecar sidecar = read(path, arena, arena);
            opened = true;
            return sidecar;
        } finally {
            if (!opened) {
                arena.close();
            }
        }
    }

    /**
     * Reads a sidecar that lives as long as {@code arena}.
     *
     * @throws SidecarException with every finding, if one stops the reference
     */
    public static Sidecar read(Path path, Arena arena) throws SidecarException {
        return read(path, arena, null);
    }

    static Sidecar read(Path path, Arena arena, @Nullable Arena owned) throws SidecarException {
        return read(path, map(path, arena), owned);
    }

    static Sidecar read(Path path, GgufFile gguf, @Nullable Arena owned) throws SidecarException {
        SidecarFile file = new SidecarFile(gguf, null, ByteProgress.NONE);
        ValidationReport report = SidecarValidator.check(path, file);
        if (!report.isComputable()) {
            throw new SidecarException(report);
        }
        try {
            return new Sidecar(path, SidecarSettings.config(file), file, layers(gguf), owned);
        } catch (GgufException unreadable) {
            throw new SidecarException(SidecarValidator.unreadable(path, unreadable));
        }
    }

    private static GgufFile map(Path path, Arena arena) throws SidecarException {
        try {
            return GgufReader.read(path, arena);
        } catch (IOException unreadable) {
            throw new SidecarException(SidecarValidator.unreadable(path, unreadable));
        }
    }

    private static SortedMap<Integer, LayerWeights> layers(GgufFile file) throws GgufException {
        SortedMap<Integer, Map<MemoryTensor, Tensor>> tensors = new TreeMap<>();
        for (GgufTensorInfo info : file.tensors()) {
            TensorNames.Ref ref = TensorNames.parseCompact(info.name()).orElseThrow();
            tensors.computeIfAbsent(ref.layer(), layer -> new EnumMap<>(MemoryTensor.class)).put(ref.tensor(),
                    tensor(file, info));
        }
        SortedMap<Integer, LayerWeights> layers = new TreeMap<>();
        tensors.forEach((layer, weights) -> layers.put(layer, LayerWeights.of(weights)));
        return layers;
    }

    private static Tensor tensor(GgufFile file, GgufTensorInfo info) throws GgufException {
        List<Long> reversed = info.ne().reversed();
        Shape shape = Shape.of(reversed.stream().mapToLong(Long::longValue).toArray());
        return Tensor.view(dtype(info.type().orElseThrow()), shape, file.data(info));
    }

    private static DType dtype(GgmlType type) {
        return TensorTypes.dtype(type).orElseThrow(() -> new IllegalStateException(type + " passed validation"));
    }
}
