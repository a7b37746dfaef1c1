package rwkvms.reference;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.ScanInput;
import rwkvms.runtime.TensorSet;
import rwkvms.state.StateIdentity;

/** The reference implementation as a runtime: pure Java, all of math.md and semantics.md. */
public final class ReferenceRuntime implements MemoryRuntime {
    public static final String NAME = "reference";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public SortedMap<String, String> provenance() {
        return new TreeMap<>(Map.of("reference.arithmetic", "double sums, float32 storage", "java.vm",
                System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version")));
    }

    @Override
    public LoadedMemory load(MemoryModel model) {
        return new ReferenceMemory(model);
    }

    @Override
    public TensorSet scan(MemoryConfig config, ScanInput input) {
        return ReferenceLayer.scan(config, input, false);
    }

    /** Scans as {@link #scan} does, and gives the tensors of the step trace too. */
    public static TensorSet scanWithStepTrace(MemoryConfig config, ScanInput input) {
        return ReferenceLayer.scan(config, input, true);
    }

    @Override
    public void close() {
        // holds nothing outside the heap
    }

    /**
     * Layers are prepared when they are first used, because a fixture needs one of many. So is the identity of states, which
     * reads every tensor.
     */
    private static final class ReferenceMemory implements LoadedMemory {
        private final MemoryModel model;
        private final Map<Integer, ReferenceLayer> layers = new ConcurrentHashMap<>();
        private @Nullable StateIdentity identity;

        ReferenceMemory(MemoryModel model) {
            this.model = model;
        }

        @Override
        public MemorySession newSession() {
            return new ReferenceSession(model.config(), this::layer, this::identity);
        }

        private synchronized StateIdentity identity() {
            StateIdentity known = identity;
            if (known == null) {
                known = StateIdentity.of(model.sidecar());
                identity = known;
            }
            return known;
        }

        private ReferenceLayer layer(int index) {
            return layers.computeIfAbsent(index,
                    layer -> new ReferenceLayer(model.config(), model.sidecar().layer(layer)));
        }

        @Override
        public void close() {
            layers.clear();
        }
    }
}
