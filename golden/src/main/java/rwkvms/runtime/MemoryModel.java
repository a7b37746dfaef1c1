package rwkvms.runtime;

import java.nio.file.Path;
import java.util.Optional;
import rwkvms.math.MemoryConfig;
import rwkvms.sidecar.Sidecar;

/**
 * The input of a runtime: an opened sidecar, its base file if that is at hand, and the settings of the run.
 */
public record MemoryModel(Sidecar sidecar, Optional<Path> base, MemoryConfig config) {
    /** The sidecar with its own settings. */
    public static MemoryModel of(Sidecar sidecar) {
        return new MemoryModel(sidecar, Optional.empty(), sidecar.config());
    }
}
