package rwkvms.sidecar;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.OptionalLong;
import rwkvms.gguf.Quoted;

/** {@code config_json} says the same as the keys, where it says anything. */
final class ContradictionRule implements SidecarRule {
    private static final String SEMANTICS = "rwkv_ms_semantics_version";

    @Override
    public void check(SidecarFile file, Findings findings) {
        integer("rank", SidecarKey.RANK, file, findings);
        integer("num_state_heads", SidecarKey.NUM_STATE_HEADS, file, findings);
        integer("rwkv_ms_num_states", SidecarKey.NUM_STATES, file, findings);
        integer("rwkv_ms_chunk_size", SidecarKey.CHUNK_SIZE, file, findings);
        semantics(file, findings);
        file.real(SidecarKey.ALPHA).ifPresent(alpha -> {
            JsonNode stated = file.setting("alpha");
            compare("alpha", stated.isNumber() && stated.floatValue() == alpha.floatValue(),
                    "" + alpha.floatValue(), file, findings);
        });
        Optional<String> boundary = file.text(SidecarKey.BOUNDARY_MODE);
        boundary.ifPresent(mode -> compare("rwkv_ms_boundary_mode",
                mode.equals(file.setting("rwkv_ms_boundary_mode").textValue()), Quoted.of(mode), file, findings));
        document("target_layers", SidecarKey.TARGET_LAYERS, file, findings);
        document("delta_heads", SidecarKey.DELTA_HEADS, file, findings);
    }

    private static void integer(String name, SidecarKey key, SidecarFile file, Findings findings) {
        file.integer(key).ifPresent(value -> compare(name, isInteger(file.setting(name), value), "" + value, file,
                findings));
    }

    /** Format version 1 has no such key, and means semantics 1. */
    private static void semantics(SidecarFile file, Findings findings) {
        OptionalLong version = file.integer(SidecarKey.SEMANTICS_VERSION);
        if (version.isPresent() || file.entry(SidecarKey.SEMANTICS_VERSION).isEmpty()) {
            long value = version.orElse(Settings.DEFAULT_SEMANTICS);
            compare(SEMANTICS, isInteger(file.setting(SEMANTICS), value), "" + value, file, findings);
        }
    }

    private static boolean isInteger(JsonNode stated, long value) {
        return stated.isIntegralNumber() && stated.canConvertToLong() && stated.longValue() == value;
    }

    private static void document(String name, SidecarKey key, SidecarFile file, Findings findings) {
        JsonNode document = file.json(key);
        if (document.isArray()) {
            compare(name, document.equals(file.setting(name)), SidecarFile.shown(document), file, findings);
        }
    }

    private static void compare(String name, boolean same, String expected, SidecarFile file, Findings findings) {
        JsonNode stated = file.setting(name);
        if (!same && !stated.isMissingNode()) {
            findings.add(FindingCode.SETTING_CONTRADICTS, SidecarFile.place(SidecarKey.CONFIG) + ", " + name,
                    file.offset(SidecarKey.CONFIG), expected, SidecarFile.shown(stated));
        }
    }
}
