package rwkvms.parity.nd4j;

import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.ScanInput;
import rwkvms.runtime.TensorSet;
import rwkvms.runtime.TokenMask;

/** The float64 oracle as a runtime; it returns float64 tensors. */
public final class Nd4jRuntime implements MemoryRuntime {
    public static final String NAME = "nd4j";

    public Nd4jRuntime() {
        // arrays are tiny, and threads would cost ten times what they save
        Nd4j.getEnvironment().setMaxThreads(1);
        Nd4j.getEnvironment().setMaxMasterThreads(1);
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public SortedMap<String, String> provenance() {
        return new TreeMap<>(Map.of("nd4j.backend", Nd4j.getBackend().getClass().getSimpleName(), "nd4j.arithmetic",
                "float64 throughout"));
    }

    @Override
    public LoadedMemory load(MemoryModel model) {
        return new Nd4jMemory(model, new HashMap<>());
    }

    @Override
    public TensorSet scan(MemoryConfig config, ScanInput in) {
        Nd4jScan scan = new Nd4jScan(config, Arrays64.of(in.state()), in.position());
        return TensorSet.of(scan.run(
                new Nd4jScan.Inputs(Arrays64.of(in.r()), Arrays64.of(in.w()), Arrays64.of(in.k()), Arrays64.of(in.v()),
                        Arrays64.of(in.a()), Arrays64.of(in.b()), Arrays64.of(in.beta()), Arrays64.of(in.lambda())),
                TokenMask.of(in.mask()), false));
    }

    @Override
    public void close() {
        // arrays are freed with their Java objects
    }

    private record Nd4jMemory(MemoryModel model, Map<Integer, Nd4jLayer> layers) implements LoadedMemory {
        @Override
        public MemorySession newSession() {
            return new Nd4jSession(model.config(), this::layer);
        }

        private Nd4jLayer layer(int index) {
            return layers.computeIfAbsent(index,
                    layer -> new Nd4jLayer(model.config(), model.sidecar().layer(layer)));
        }

        @Override
        public void close() {
            layers.clear();
        }
    }
}
