package rwkvms.sidecar.validation;

import static org.assertj.core.api.Assertions.assertThat;
import static rwkvms.sidecar.validation.ReportAssertions.finds;
import static rwkvms.sidecar.validation.ReportAssertions.parsed;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.sidecar.SidecarKey;
import rwkvms.sidecar.testing.SidecarSizes;

/** Settings, layers and heads of the embedded JSON: every finding of the report, word for word. */
class SettingRuleTests {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            trainable_delta_scale | true | TRAINABLE_DELTA_SCALE | unsupported trainable delta scale: expected false
            state_update_mode | "other" | UPDATE_MODE | unsupported update mode: expected standard, lambda_outside or no_lambda
            state_update_mode | null | SETTING_TYPE | wrong type of a setting: expected a JSON string
            normalize_qk | 1 | SETTING_TYPE | wrong type of a setting: expected a JSON boolean
            rwkv_ms_erase_gate | "1" | SETTING_TYPE | wrong type of a setting: expected a JSON number
            rwkv_ms_read_top_k | -1 | SETTING_RANGE | setting out of range: expected an integer of 0 to 2147483647
            rwkv_ms_read_top_k | 2.0 | SETTING_RANGE | setting out of range: expected an integer of 0 to 2147483647
            rank | 5 | SETTING_CONTRADICTS | config_json contradicts a key: expected 4
            alpha | 8.0 | SETTING_CONTRADICTS | config_json contradicts a key: expected 16.0
            num_state_heads | 2 | SETTING_CONTRADICTS | config_json contradicts a key: expected 1
            rwkv_ms_num_states | 5 | SETTING_CONTRADICTS | config_json contradicts a key: expected 4
            rwkv_ms_chunk_size | "1024" | SETTING_CONTRADICTS | config_json contradicts a key: expected 1024
            rwkv_ms_semantics_version | 1 | SETTING_CONTRADICTS | config_json contradicts a key: expected 2
            rwkv_ms_boundary_mode | "other" | SETTING_CONTRADICTS | config_json contradicts a key: expected "fixed_chunk"
            target_layers | [0,1] | SETTING_CONTRADICTS | config_json contradicts a key: expected [0,2]
            delta_heads | ["q"] | SETTING_CONTRADICTS | config_json contradicts a key: expected ["q","o"]
            """)
    void settings(String name, String value, FindingCode code, String expected) {
        SidecarBytes other = SidecarBytes.valid().config(config -> config.set(name, parsed(value)));
        finds(other, code, "key delta_mem.config_json, " + name + " at byte " + other.at(SidecarKey.CONFIG) + ": "
                + expected + ", found " + value);
    }

    @Test
    void semanticsThatFormatVersion1CannotState() {
        SidecarBytes hidden = SidecarBytes.of(SidecarSizes.SMALL.withFormatVersion(1))
                .config(config -> config.put("rwkv_ms_semantics_version", 2));
        finds(hidden, FindingCode.SETTING_CONTRADICTS, "key delta_mem.config_json, rwkv_ms_semantics_version at byte "
                + hidden.at(SidecarKey.CONFIG) + ": config_json contradicts a key: expected 1, found 2");
    }

    @Test
    void targetLayers() {
        layers("[]", "expected 1 to 1024 layers, found 0");
        layers("[0,0,2]", "expected a layer above 0, found 0");
        layers("[2,0]", "expected a layer above 2, found 0");
        layers("[-1,0,2]", "expected a layer number from 0, found -1");
        layers("[0,2,\"3\"]", "expected a layer above 2, found \"3\"");
    }

    private static void layers(String json, String expected) {
        SidecarBytes other = SidecarBytes.valid().set(SidecarKey.TARGET_LAYERS, json)
                .config(config -> config.remove("target_layers"));
        assertThat(other.report().of(FindingCode.TARGET_LAYERS)).extracting(Finding::message)
                .containsExactly("key delta_mem.target_layers_json at byte " + other.at(SidecarKey.TARGET_LAYERS)
                        + ": wrong target layers: " + expected);
    }

    @Test
    void deltaHeads() {
        for (String wrong : List.of("\"x\"", "\"q\"", "1")) {
            SidecarBytes other = SidecarBytes.valid().set(SidecarKey.DELTA_HEADS, "[\"q\"," + wrong + "]")
                    .config(config -> config.remove("delta_heads"));
            finds(other, FindingCode.DELTA_HEADS, "key delta_mem.delta_heads_json at byte "
                    + other.at(SidecarKey.DELTA_HEADS)
                    + ": wrong delta heads: expected some of q, k, v, o, each once, found " + wrong);
        }
    }

    @Test
    void embeddedJson() {
        SidecarBytes twice = SidecarBytes.valid().set(SidecarKey.METADATA, "{\"a\":1,\"a\":2}");
        finds(twice, FindingCode.JSON_SYNTAX, "key delta_mem.adapter_metadata_json at byte "
                + twice.at(SidecarKey.METADATA) + ": malformed JSON: expected one JSON document without duplicated "
                + "keys, found at its character 10 \"Duplicate field 'a'\"");
        SidecarBytes number = SidecarBytes.valid().set(SidecarKey.METADATA, "1");
        finds(number, FindingCode.JSON_FORM, "key delta_mem.adapter_metadata_json at byte "
                + number.at(SidecarKey.METADATA) + ": JSON of the wrong form: expected a JSON object, "
                + "found a JSON number");
        SidecarBytes empty = SidecarBytes.valid().set(SidecarKey.RUNTIME_HOOKS, "");
        finds(empty, FindingCode.JSON_FORM, "key delta_mem.required_runtime_hooks_json at byte "
                + empty.at(SidecarKey.RUNTIME_HOOKS) + ": JSON of the wrong form: expected a JSON array, "
                + "found an empty text");
    }
}
