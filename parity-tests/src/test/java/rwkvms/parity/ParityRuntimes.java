package rwkvms.parity;

import java.util.List;
import java.util.Map;

import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.parity.nd4j.Nd4jRuntime;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.report.Provenance;
import rwkvms.runtime.MemoryRuntime;

/** Every runtime under test, one entry each; opened once and held as long as this JVM lives. */
final class ParityRuntimes {
    private static final List<MemoryRuntime> ALL = List.of(new ReferenceRuntime(), new Nd4jRuntime(),
            NativeRuntime.open());

    private ParityRuntimes() {
    }

    static List<MemoryRuntime> all() {
        return ALL;
    }

    /** The float64 one. */
    static MemoryRuntime oracle() {
        return named(Nd4jRuntime.NAME);
    }

    static MemoryRuntime named(String name) {
        return ALL.stream().filter(runtime -> runtime.name().equals(name)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no runtime " + name));
    }

    /** What a runtime's results were made on: this machine and the runtime's own versions. */
    static Provenance provenance(String name) {
        Provenance provenance = Provenance.ofThisMachine();
        for (Map.Entry<String, String> entry : named(name).provenance().entrySet()) {
            provenance = provenance.with(entry.getKey(), entry.getValue());
        }
        return provenance;
    }
}
