package rwkvms.sidecar.testing;

import static rwkvms.sidecar.testing.MalformedClass.of;
import static rwkvms.sidecar.validation.FindingCode.*;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import rwkvms.sidecar.SidecarKey;
import rwkvms.sidecar.validation.FindingCode;

/** Embedded JSON that is malformed or far too large, has the wrong form, or contradicts the file. */
final class MalformedJson {
    private static final int DEEP = 100_000;
    private static final int LONG = 5 << 20;

    private MalformedJson() {
    }

    static List<MalformedClass> all() {
        List<MalformedClass> all = new ArrayList<>();
        for (SidecarKey key : SidecarKey.values()) {
            if (key.isJson()) {
                all.add(text("cut " + key.key(), JSON_SYNTAX, key, "["));
                all.add(text("scalar " + key.key(), JSON_FORM, key, "7"));
            }
        }
        all.addAll(syntax());
        all.addAll(settings());
        all.addAll(layers());
        return all;
    }

    private static List<MalformedClass> syntax() {
        return List.of(
                syntax("JSON nested 100,000 deep", "[".repeat(DEEP)),
                syntax("JSON objects nested 100,000 deep", "{\"a\":".repeat(DEEP)),
                syntax("JSON nested 65 deep and sound", "{\"a\":" + "[".repeat(65) + "]".repeat(65) + "}"),
                syntax("JSON of 5 MiB", "{\"a\":\"" + "x".repeat(LONG) + "\"}"),
                syntax("JSON number of 10,000 digits", "{\"a\":" + "9".repeat(10_000) + "}"),
                syntax("JSON number beyond float64", "{\"a\":1e999}"),
                syntax("JSON NaN", "{\"a\":NaN}"),
                syntax("JSON with a name twice", "{\"a\":1,\"a\":1}"),
                syntax("two JSON documents", "{} {}"),
                syntax("JSON with a comma too many", "{\"a\":1,}"),
                syntax("JSON with a comment", "{}//"),
                syntax("JSON in single quotes", "{'a':1}"),
                syntax("JSON with a raw control character", "{\"a\":\"\u0001\"}"),
                syntax("JSON with an unknown escape", "{\"a\":\"\\x41\"}"),
                syntax("JSON with a leading zero", "{\"a\":01}"),
                syntax("JSON with a NUL", "{}\0"),
                text("JSON that is empty", JSON_FORM, SidecarKey.METADATA, ""),
                text("JSON array for an object", JSON_FORM, SidecarKey.METADATA, "[]"),
                text("JSON object for an array", JSON_FORM, SidecarKey.RUNTIME_HOOKS, "{}"),
                text("JSON null", JSON_FORM, SidecarKey.METADATA, "null"));
    }

    private static List<MalformedClass> settings() {
        return List.of(
                config("normalize_qk as a text", SETTING_TYPE, config -> config.put("normalize_qk", "true")),
                config("couple_lambda as a number", SETTING_TYPE, config -> config.put("couple_lambda", 1)),
                config("rankwise_gates null", SETTING_TYPE, config -> config.putNull("rankwise_gates")),
                config("trainable_delta_scale as a text", SETTING_TYPE,
                        config -> config.put("trainable_delta_scale", "no")),
                config("state_update_mode as a number", SETTING_TYPE, config -> config.put("state_update_mode", 3)),
                config("erase gate as a text", SETTING_TYPE, config -> config.put("rwkv_ms_erase_gate", "1")),
                config("top-k as a text", SETTING_TYPE, config -> config.put("rwkv_ms_read_top_k", "2")),
                config("top-k -1", SETTING_RANGE, config -> config.put("rwkv_ms_read_top_k", -1)),
                config("top-k 1.5", SETTING_RANGE, config -> config.put("rwkv_ms_read_top_k", 1.5)),
                config("top-k 2^31", SETTING_RANGE, config -> config.put("rwkv_ms_read_top_k", 1L << 31)),
                config("unknown update mode", UPDATE_MODE, config -> config.put("state_update_mode", "fast")),
                config("trainable delta scale", TRAINABLE_DELTA_SCALE,
                        config -> config.put("trainable_delta_scale", true)),
                config("rank contradicted", SETTING_CONTRADICTS, config -> config.put("rank", 8)),
                config("rank contradicted by type", SETTING_CONTRADICTS, config -> config.put("rank", 4.0)),
                config("alpha contradicted", SETTING_CONTRADICTS, config -> config.put("alpha", 8)),
                config("heads contradicted", SETTING_CONTRADICTS, config -> config.put("num_state_heads", 2)),
                config("states contradicted", SETTING_CONTRADICTS, config -> config.put("rwkv_ms_num_states", 3)),
                config("chunk size contradicted", SETTING_CONTRADICTS,
                        config -> config.put("rwkv_ms_chunk_size", 1)),
                config("semantics contradicted", SETTING_CONTRADICTS,
                        config -> config.put("rwkv_ms_semantics_version", 1)),
                config("boundary mode contradicted", SETTING_CONTRADICTS,
                        config -> config.put("rwkv_ms_boundary_mode", "token")),
                config("layers contradicted", SETTING_CONTRADICTS, config -> config.putArray("target_layers").add(0)),
                config("heads of the deltas contradicted", SETTING_CONTRADICTS,
                        config -> config.putArray("delta_heads").add("q")),
                config("another fusion placement", FUSION,
                        config -> config.put("rwkv_ms_fusion_placement", "mlp_output")),
                config("another fusion mode", FUSION, config -> config.put("fusion_mode", "gate")),
                config("fusion mode as a number", FUSION, config -> config.put("fusion_mode", 1)),
                metadata("memory type contradicted", "memory_type", "\"lstm\""),
                metadata("base model contradicted", "base_model", "\"another\""),
                metadata("memory backend contradicted", "memory_backend", "\"lstm\""),
                metadata("rank contradicted by the metadata", "rank", "8"),
                metadata("alpha contradicted by the metadata", "alpha", "8.5"),
                metadata("states contradicted by the metadata", "rwkv_ms_num_states", "1"),
                metadata("chunk size contradicted by the metadata", "rwkv_ms_chunk_size", "1"),
                metadata("layers contradicted by the metadata", "wrapped_layers", "[0]"),
                metadata("delta heads contradicted by the metadata", "delta_heads", "[]"),
                config("lambda free without its tensors", TENSOR_MISSING,
                        config -> config.put("couple_lambda", false)),
                config("gates of one row beside rankwise tensors", TENSOR_SHAPE,
                        config -> config.put("rankwise_gates", false)));
    }

    private static List<MalformedClass> layers() {
        return List.of(
                targets("no target layer", TARGET_LAYERS, "[]")
                        .also(TENSOR_LAYER),
                targets("target layer twice", TARGET_LAYERS, "[0,2,2]"),
                targets("target layers unsorted", TARGET_LAYERS, "[2,0]"),
                targets("target layer -1", TARGET_LAYERS, "[-1,0,2]"),
                targets("target layer 0.5", TARGET_LAYERS, "[0,0.5,2]"),
                targets("target layer as a text", TARGET_LAYERS, "[0,2,\"3\"]"),
                targets("target layer 2^31", TARGET_LAYERS, "[0,2,2147483648]"),
                targets("1,025 target layers", TARGET_LAYERS, many())
                        .also(ATTENTION, TENSOR_MISSING),
                targets("target layer without tensors", TENSOR_MISSING, "[0,1,2]").also(ATTENTION),
                targets("tensors of a layer that is no target", TENSOR_LAYER, "[0]"),
                heads("unknown delta head", DELTA_HEADS, "[\"q\",\"x\"]"),
                heads("delta head twice", DELTA_HEADS, "[\"q\",\"q\"]"),
                heads("delta head as a number", DELTA_HEADS, "[0]"),
                heads("delta head in capitals", DELTA_HEADS, "[\"Q\"]"),
                attention("attention of a layer missing", ATTENTION, entries -> entries.remove(1)),
                attention("attention of 0 outputs", ATTENTION, entries -> entry(entries).put("q_out", 0)),
                attention("attention outputs as a text", ATTENTION, entries -> entry(entries).put("k_out", "3")),
                attention("attention of a layer twice", ATTENTION, entries -> entries.add(entries.get(0))),
                attention("attention of no layer", ATTENTION, entries -> entries.add(7)),
                attention("attention of another layer", ATTENTION,
                        entries -> entries.add(entry(entries).deepCopy().put("layer", 9))),
                attention("attention of another kind", ATTENTION,
                        entries -> entry(entries).put("attention_kind", "full_attention")),
                attention("attention with other active heads", ATTENTION,
                        entries -> entry(entries).putArray("active_delta_heads").add("q")),
                attention("attention with other passive heads", ATTENTION,
                        entries -> entry(entries).putArray("compat_delta_heads").add("v").add("k")),
                attention("attention outputs missing", ATTENTION, entries -> entry(entries).remove("o_out")),
                attention("attention layer as a text", ATTENTION, entries -> entry(entries).put("layer", "0")),
                attention("attention of other tensors", TENSOR_SHAPE, entries -> entry(entries).put("v_out", 4)));
    }

    private static String many() {
        StringBuilder layers = new StringBuilder("[0");
        for (int layer = 1; layer <= 1024; layer++) {
            layers.append(',').append(layer);
        }
        return layers.append(']').toString();
    }

    private static ObjectNode entry(ArrayNode entries) {
        return (ObjectNode) entries.get(0);
    }

    private static MalformedClass text(String name, FindingCode code, SidecarKey key, String text) {
        return of(name, code, parts -> parts.key(key).text(text));
    }

    private static MalformedClass syntax(String name, String text) {
        return text(name, JSON_SYNTAX, SidecarKey.METADATA, text);
    }

    private static MalformedClass config(String name, FindingCode code, Consumer<ObjectNode> edit) {
        return of(name, code, parts -> parts.config(edit));
    }

    private static MalformedClass metadata(String name, String member, String json) {
        return of(name, METADATA_CONTRADICTS, parts -> parts.key(SidecarKey.METADATA)
                .json(document -> ((ObjectNode) document).set(member, KeyPart.parse(json))));
    }

    private static MalformedClass attention(String name, FindingCode code, Consumer<ArrayNode> edit) {
        return of(name, code, parts -> parts.key(SidecarKey.PER_LAYER_ATTENTION)
                .json(document -> edit.accept((ArrayNode) document)));
    }

    private static MalformedClass targets(String name, FindingCode code, String json) {
        return agreed(name, code, SidecarKey.TARGET_LAYERS, "target_layers", json);
    }

    private static MalformedClass heads(String name, FindingCode code, String json) {
        return agreed(name, code, SidecarKey.DELTA_HEADS, "delta_heads", json);
    }

    /** A document that key and configuration agree on. */
    private static MalformedClass agreed(String name, FindingCode code, SidecarKey key, String setting, String json) {
        return of(name, code, parts -> {
            parts.key(key).text(json);
            parts.config(config -> config.set(setting, KeyPart.parse(json)));
        });
    }
}
