package rwkvms.sidecar.validation;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.OptionalLong;
import rwkvms.gguf.GgufEntry;
import rwkvms.gguf.GgufException;
import rwkvms.gguf.GgufFile;
import rwkvms.gguf.GgufReader;
import rwkvms.gguf.GgufValue;
import rwkvms.sidecar.SidecarFile;
import rwkvms.sidecar.SidecarKey;
import rwkvms.sidecar.SidecarSettings;

/**
 * The base model has the target layers: they are below its {@code block_count}, and not among the last {@code
 * attention.shared_kv_layers}, which have no attention projections of their own (llama-cpp.md, "Hooking").
 */
final class BaseLayersRule {
    private static final String ARCHITECTURE = "general.architecture";
    private static final String TOLD = "a GGUF file whose header says its architecture's block_count";

    private BaseLayersRule() {
    }

    /** Checks the target layers against the base file that the sidecar names. */
    static void check(Path base, SidecarFile file, Findings findings) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            compare(GgufReader.read(base, arena), base, file, findings);
        } catch (GgufException noGguf) {
            unknown(base, noGguf.problem().message(), findings);
        }
    }

    private static void compare(GgufFile gguf, Path base, SidecarFile file, Findings findings) {
        String architecture = gguf.entries(ARCHITECTURE).stream().map(GgufEntry::value)
                .filter(GgufValue.Text.class::isInstance).map(value -> ((GgufValue.Text) value).value()).findFirst()
                .orElse("");
        OptionalLong blocks = integer(gguf, architecture + ".block_count");
        if (blocks.isEmpty()) {
            unknown(base, "none", findings);
            return;
        }
        long shared = integer(gguf, architecture + ".attention.shared_kv_layers").orElse(0);
        for (int layer : SidecarSettings.targetLayers(file)) {
            if (layer >= blocks.getAsLong() - shared) {
                findings.add(FindingCode.BASE_LAYERS, file, SidecarKey.TARGET_LAYERS,
                        "layers of its " + blocks.getAsLong() + " without the last " + shared
                                + ", which share their keys and values",
                        "layer " + layer);
            }
        }
    }

    private static void unknown(Path base, String found, Findings findings) {
        findings.add(FindingCode.BASE_LAYERS_UNKNOWN, "base " + base, Finding.NOWHERE, TOLD, found);
    }

    private static OptionalLong integer(GgufFile gguf, String key) {
        return gguf.entries(key).stream().map(GgufEntry::value).filter(GgufValue.Int.class::isInstance)
                .mapToLong(value -> ((GgufValue.Int) value).value()).findFirst();
    }
}
