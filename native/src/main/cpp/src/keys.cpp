#include "keys.h"

#include "error.h"

namespace rwkv_ms {

namespace {

enum class Presence {
    required,
    optional, // may be absent or empty, or its absence has a status of its own
    version_2 // required in format version 2, unknown to version 1
};

struct Key {
    const char *name;
    uint32_t type;
    Presence presence;
};

constexpr uint32_t kText = gguf::kString, kU32 = gguf::kUint32, kU64 = gguf::kUint64;

constexpr Key kKeys[] = {
    {"general.architecture", kText, Presence::required},
    {"general.alignment", kU32, Presence::required},
    {"general.name", kText, Presence::optional},
    {"general.description", kText, Presence::optional},
    {"general.source.repo_url", kText, Presence::optional},
    {"delta_mem.schema", kText, Presence::required},
    {"delta_mem.status", kText, Presence::optional},
    {"delta_mem.memory_type", kText, Presence::optional},
    {"delta_mem.memory_backend", kText, Presence::optional},
    {"delta_mem.memory_readout_mode", kText, Presence::optional},
    {"delta_mem.base_model", kText, Presence::optional},
    {"delta_mem.checkpoint_repo", kText, Presence::optional},
    {"delta_mem.base_gguf", kText, Presence::optional},
    {"delta_mem.base_gguf_sha256", kText, Presence::optional},
    {"delta_mem.mmproj_gguf", kText, Presence::optional},
    {"delta_mem.mmproj_gguf_sha256", kText, Presence::optional},
    {"delta_mem.tensor_name_format", kText, Presence::required},
    {"delta_mem.format_version", kU32, Presence::required},
    {"delta_mem.tensor_count", kU32, Presence::required},
    {"delta_mem.total_numel", kU64, Presence::required},
    {"delta_mem.total_bytes", kU64, Presence::required},
    {"delta_mem.rank", kU32, Presence::required},
    {"delta_mem.alpha", gguf::kFloat32, Presence::required},
    {"delta_mem.num_state_heads", kU32, Presence::required},
    {"delta_mem.rwkv_ms_num_states", kU32, Presence::required},
    {"delta_mem.rwkv_ms_chunk_size", kU32, Presence::required},
    {"delta_mem.rwkv_ms_semantics_version", kU32, Presence::version_2},
    {"delta_mem.rwkv_ms_state_dtype", kText, Presence::version_2},
    {"delta_mem.rwkv_ms_boundary_mode", kText, Presence::optional},
    {"delta_mem.target_layers_json", kText, Presence::required},
    {"delta_mem.delta_heads_json", kText, Presence::required},
    {"delta_mem.per_layer_attention_json", kText, Presence::required},
    {"delta_mem.config_json", kText, Presence::required},
    {"delta_mem.adapter_metadata_json", kText, Presence::required},
    {"delta_mem.tensor_manifest_json", kText, Presence::required},
    {"delta_mem.required_runtime_hooks_json", kText, Presence::required},
};

Json document(const GgufFile &file, std::string_view name, Json::Kind expected) {
    const std::string place = key_place(file, name);
    const std::string_view text = *file.text(key_of(name));
    const bool blank = text.find_first_not_of(" \t\r\n") == std::string_view::npos;
    require(!blank, RWKV_MS_E_JSON_FORM, place, ": expected ", Json::name(expected), ", found an empty text");
    Json json = Json::parse(text, place);
    require(json.kind() == expected, RWKV_MS_E_JSON_FORM, place, ": expected ", Json::name(expected), ", found ",
            Json::name(json.kind()));
    return json;
}

} // namespace

std::string key_of(std::string_view name) { return "delta_mem." + std::string(name); }

std::string key_place(const GgufFile &file, std::string_view name) { return file.path() + ": key " + key_of(name); }

void check_keys(const GgufFile &file) {
    const uint32_t version = file.u32("delta_mem.format_version").value_or(0);
    for (const Key &key : kKeys) {
        const bool present = file.has(key.name, key.type);
        const bool required =
            key.presence == Presence::required || (key.presence == Presence::version_2 && version == 2);
        require(present || !required, RWKV_MS_E_KEY_MISSING, file.path(), ": key ", key.name, ": missing");
        require(!present || key.presence != Presence::version_2 || version != 1, RWKV_MS_E_KEY_VERSION, file.path(),
                ": key ", key.name, ": expected no such key in format version 1");
    }
}

Documents read_documents(const GgufFile &file) {
    document(file, "required_runtime_hooks_json", Json::Kind::array);
    return {document(file, "target_layers_json", Json::Kind::array),
            document(file, "delta_heads_json", Json::Kind::array),
            document(file, "per_layer_attention_json", Json::Kind::array),
            document(file, "config_json", Json::Kind::object),
            document(file, "adapter_metadata_json", Json::Kind::object),
            document(file, "tensor_manifest_json", Json::Kind::array)};
}

} // namespace rwkv_ms
