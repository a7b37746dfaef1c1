package rwkvms.parity;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import rwkvms.golden.GoldenCase;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.parity.nd4j.Nd4jRuntime;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.report.Provenance;
import rwkvms.runtime.MemoryRuntime;

/** Every runtime under test, opened once per JVM. */
final class ParityRuntimes {
    private static final List<MemoryRuntime> ALL = List.of(new ReferenceRuntime(), new Nd4jRuntime(),
            NativeRuntime.open());

    private ParityRuntimes() {
    }

    static List<MemoryRuntime> all() {
        return ALL;
    }

    static MemoryRuntime oracle() {
        return named(Nd4jRuntime.NAME);
    }

    static MemoryRuntime named(String name) {
        return ALL.stream().filter(runtime -> runtime.name().equals(name)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no runtime " + name));
    }

    /** The name of the CPU variant of ggml that the C++ runtime takes here. */
    static String cpuVariant() throws IOException {
        String build = ((NativeRuntime) named(NativeRuntime.NAME)).buildInfo();
        return JsonMapper.builder().build().readTree(build).path("cpu_variant").asText();
    }

    static Provenance provenance(String name) {
        Provenance provenance = Provenance.ofThisMachine();
        for (Map.Entry<String, String> entry : named(name).provenance().entrySet()) {
            provenance = provenance.with(entry.getKey(), entry.getValue());
        }
        return provenance;
    }

    /**
     * A part of the reason that a runtime must give for not evaluating a case, or empty if it must evaluate it: the C++ runtime
     * takes one state head (state.md, contract line 6). A case with a reason that is evaluated fails too.
     */
    static Optional<String> gap(GoldenCase golden, MemoryRuntime runtime) {
        return golden.fixture().config().numStateHeads() != 1 && runtime.name().equals(NativeRuntime.NAME)
                ? Optional.of("num_state_heads")
                : Optional.empty();
    }
}
