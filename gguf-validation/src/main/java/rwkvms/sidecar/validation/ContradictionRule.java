package rwkvms.sidecar.validation;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.OptionalLong;
import rwkvms.gguf.Quote;
import rwkvms.sidecar.PythonJson;
import rwkvms.sidecar.SidecarFile;
import rwkvms.sidecar.SidecarKey;
import rwkvms.sidecar.SidecarSettings;

/** {@code config_json} and {@code adapter_metadata_json} do not contradict the keys. */
final class ContradictionRule implements SidecarRule {
    private static final String SEMANTICS = "rwkv_ms_semantics_version";

    @Override
    public void check(SidecarFile file, Findings findings) {
        Document config = new Document(SidecarKey.CONFIG, FindingCode.SETTING_CONTRADICTS, file, findings);
        both(config);
        config.integer("num_state_heads", SidecarKey.NUM_STATE_HEADS);
        config.semantics();
        config.text("rwkv_ms_boundary_mode", SidecarKey.BOUNDARY_MODE);
        config.text("memory_readout_mode", SidecarKey.MEMORY_READOUT_MODE);
        config.list("target_layers", SidecarKey.TARGET_LAYERS);
        Document metadata = new Document(SidecarKey.METADATA, FindingCode.METADATA_CONTRADICTS, file, findings);
        both(metadata);
        metadata.text("memory_type", SidecarKey.MEMORY_TYPE);
        metadata.text("base_model", SidecarKey.BASE_MODEL);
        metadata.list("wrapped_layers", SidecarKey.TARGET_LAYERS);
    }

    private static void both(Document document) {
        document.integer("rank", SidecarKey.RANK);
        document.integer("rwkv_ms_num_states", SidecarKey.NUM_STATES);
        document.integer("rwkv_ms_chunk_size", SidecarKey.CHUNK_SIZE);
        document.real("alpha", SidecarKey.ALPHA);
        document.text("memory_backend", SidecarKey.MEMORY_BACKEND);
        document.list("delta_heads", SidecarKey.DELTA_HEADS);
    }

    /** An embedded object whose members are compared with keys. */
    private record Document(SidecarKey document, FindingCode code, SidecarFile file, Findings findings) {
        void integer(String name, SidecarKey key) {
            file.integer(key).ifPresent(value -> compare(name, isInteger(stated(name), value), "" + value));
        }

        /** Format version 1 has no such key, and means semantics 1. */
        void semantics() {
            OptionalLong version = file.integer(SidecarKey.SEMANTICS_VERSION);
            if (version.isPresent() || file.entry(SidecarKey.SEMANTICS_VERSION).isEmpty()) {
                long value = version.orElse(SidecarSettings.DEFAULT_SEMANTICS);
                compare(SEMANTICS, isInteger(stated(SEMANTICS), value), "" + value);
            }
        }

        void real(String name, SidecarKey key) {
            file.real(key).ifPresent(value -> {
                JsonNode stated = stated(name);
                compare(name, stated.isNumber() && stated.floatValue() == value.floatValue(),
                        "" + value.floatValue());
            });
        }

        void text(String name, SidecarKey key) {
            file.text(key).ifPresent(
                    value -> compare(name, value.equals(stated(name).textValue()), Quote.of(value)));
        }

        void list(String name, SidecarKey key) {
            JsonNode value = file.json(key);
            if (value.isArray()) {
                compare(name, value.equals(stated(name)), PythonJson.shown(value));
            }
        }

        private JsonNode stated(String name) {
            return file.json(document).path(name);
        }

        private static boolean isInteger(JsonNode stated, long value) {
            return stated.isIntegralNumber() && stated.canConvertToLong() && stated.longValue() == value;
        }

        private void compare(String name, boolean same, String expected) {
            JsonNode stated = stated(name);
            if (!same && !stated.isMissingNode()) {
                findings.add(code, SidecarFile.place(document) + ", " + name, file.offset(document), expected,
                        PythonJson.shown(stated));
            }
        }
    }
}
