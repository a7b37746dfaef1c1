package rwkvms.sidecar.validation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import java.util.List;
import java.util.Locale;
import rwkvms.gguf.Quote;
import rwkvms.math.MemoryConfig;
import rwkvms.math.UpdateMode;
import rwkvms.sidecar.PythonJson;
import rwkvms.sidecar.SidecarFile;
import rwkvms.sidecar.SidecarKey;
import rwkvms.sidecar.SidecarSchema;
import rwkvms.sidecar.SidecarSettings;

/** Each setting, of a key or of {@code config_json}, has its type, is in its range and can be honoured. */
final class SettingRule implements SidecarRule {
    private static final String FUSION_PLACEMENT = "fusion_placement";
    private static final String FUSION_MODE = "fusion_mode";

    private static final List<String> FLAGS = List.of(SidecarSettings.NORMALIZE_QK, SidecarSettings.COUPLE_LAMBDA,
            SidecarSettings.RANKWISE_GATES, SidecarSettings.TRAINABLE_DELTA_SCALE);

    @Override
    public void check(SidecarFile file, Findings findings) {
        range(FindingCode.RANK, SidecarKey.RANK, 1, SidecarSchema.MAX_STATE_WIDTH, file, findings);
        range(FindingCode.NUM_STATES, SidecarKey.NUM_STATES, 1, Integer.MAX_VALUE, file, findings);
        range(FindingCode.CHUNK_SIZE, SidecarKey.CHUNK_SIZE, 1, Integer.MAX_VALUE, file, findings);
        range(FindingCode.SEMANTICS_VERSION, SidecarKey.SEMANTICS_VERSION, 1, 2, file, findings);
        heads(file, findings);
        file.real(SidecarKey.ALPHA).filter(alpha -> !(alpha > 0) || alpha.isInfinite()).ifPresent(alpha -> findings
                .add(FindingCode.ALPHA, file, SidecarKey.ALPHA, "a finite number above 0", "" + alpha.floatValue()));
        file.text(SidecarKey.BOUNDARY_MODE).filter(mode -> !mode.equals(MemoryConfig.FIXED_CHUNK))
                .ifPresent(mode -> findings.add(FindingCode.BOUNDARY_MODE, file, SidecarKey.BOUNDARY_MODE,
                        Quote.of(MemoryConfig.FIXED_CHUNK), Quote.of(mode)));
        file.text(SidecarKey.MEMORY_BACKEND).filter(backend -> !backend.equals(SidecarSchema.MEMORY_BACKEND))
                .ifPresent(backend -> findings.add(FindingCode.MEMORY_BACKEND, file, SidecarKey.MEMORY_BACKEND,
                        Quote.of(SidecarSchema.MEMORY_BACKEND), Quote.of(backend)));
        config(file, findings);
    }

    private static void range(FindingCode code, SidecarKey key, long min, long max, SidecarFile file,
            Findings findings) {
        file.integer(key).ifPresent(value -> {
            if (value < min || value > max) {
                findings.add(code, file, key, min + " to " + max, "" + value);
            }
        });
    }

    private static void heads(SidecarFile file, Findings findings) {
        file.integer(SidecarKey.NUM_STATE_HEADS).ifPresent(heads -> {
            if (heads != 1) {
                findings.add(FindingCode.NUM_STATE_HEADS, file, SidecarKey.NUM_STATE_HEADS, "1", "" + heads);
            }
            long rank = file.integer(SidecarKey.RANK).orElse(0);
            if (rank <= SidecarSchema.MAX_STATE_WIDTH && heads > SidecarSchema.MAX_STATE_WIDTH / Math.max(rank, 1)) {
                findings.add(FindingCode.STATE_WIDTH, file, SidecarKey.NUM_STATE_HEADS,
                        "rank times heads of at most " + SidecarSchema.MAX_STATE_WIDTH, rank + " times " + heads);
            }
        });
    }

    private static void config(SidecarFile file, Findings findings) {
        for (String flag : FLAGS) {
            type(flag, JsonNodeType.BOOLEAN, file, findings);
        }
        if (file.setting(SidecarSettings.TRAINABLE_DELTA_SCALE).asBoolean(false)) {
            setting(FindingCode.TRAINABLE_DELTA_SCALE, SidecarSettings.TRAINABLE_DELTA_SCALE, "false", file, findings);
        }
        fusion(file, findings);
        if (type(SidecarSettings.UPDATE_MODE, JsonNodeType.STRING, file, findings)
                && UpdateMode.ofLabel(file.setting(SidecarSettings.UPDATE_MODE).textValue()).isEmpty()) {
            setting(FindingCode.UPDATE_MODE, SidecarSettings.UPDATE_MODE, "standard, lambda_outside or no_lambda", file,
                    findings);
        }
        type(SidecarSettings.ERASE_GATE, JsonNodeType.NUMBER, file, findings);
        if (type(SidecarSettings.READ_TOP_K, JsonNodeType.NUMBER, file, findings)) {
            JsonNode topK = file.setting(SidecarSettings.READ_TOP_K);
            if (!topK.isInt() || topK.intValue() < 0) {
                setting(FindingCode.SETTING_RANGE, SidecarSettings.READ_TOP_K,
                        "an integer of 0 to " + Integer.MAX_VALUE,
                        file, findings);
            }
        }
    }

    /** Deltas are added to the attention output; no runtime here honours another placement or mode, under any prefix. */
    private static void fusion(SidecarFile file, Findings findings) {
        file.json(SidecarKey.CONFIG).properties().forEach(member -> {
            String name = member.getKey();
            String expected = name.endsWith(FUSION_PLACEMENT)
                    ? "attention_output"
                    : name.endsWith(FUSION_MODE) ? "add" : null;
            if (expected != null && !expected.equals(member.getValue().textValue())) {
                setting(FindingCode.FUSION, name, Quote.of(expected), file, findings);
            }
        });
    }

    /** Whether the setting is there and has that type; another type is reported. */
    private static boolean type(String name, JsonNodeType expected, SidecarFile file, Findings findings) {
        JsonNode value = file.setting(name);
        if (value.isMissingNode() || value.getNodeType() == expected) {
            return !value.isMissingNode();
        }
        setting(FindingCode.SETTING_TYPE, name, "a JSON " + expected.name().toLowerCase(Locale.ROOT), file,
                findings);
        return false;
    }

    private static void setting(FindingCode code, String name, String expected, SidecarFile file,
            Findings findings) {
        findings.add(code, SidecarFile.place(SidecarKey.CONFIG) + ", " + name, file.offset(SidecarKey.CONFIG),
                expected, PythonJson.shown(file.setting(name)));
    }
}
