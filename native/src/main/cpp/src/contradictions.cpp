// What config_json and adapter_metadata_json repeat from the keys must equal them.
#include "config.h"

namespace rwkv_ms {

namespace {

class Repetition {
public:
    Repetition(const GgufFile &file, const char *name, const Json &document, rwkv_ms_status status)
        : file_(file), name_(name), document_(document), status_(status) {}

    void integer(const char *name, int64_t value) const {
        agree(name, [&](const Json &stated) { return stated.integer() == value; }, value);
    }

    void u32(const char *name) const { integer(name, *file_.u32(key_of(name))); }

    // As the float32 that the key holds.
    void alpha() const {
        const float value = *file_.f32(key_of("alpha"));
        agree(
            "alpha",
            [&](const Json &stated) {
                return stated.kind() == Json::Kind::number && static_cast<float>(stated.number()) == value;
            },
            value);
    }

    void text(const char *name) const {
        const auto value = file_.text(key_of(name));
        if (!value) return;
        agree(
            name,
            [&](const Json &stated) { return stated.kind() == Json::Kind::string && stated.string() == *value; },
            quoted(*value));
    }

    void list(const char *name, const Json &value) const {
        agree(name, [&](const Json &stated) { return stated == value; }, value.shown());
    }

private:
    template <typename Same, typename Expected>
    void agree(const char *name, const Same &same, const Expected &expected) const {
        const Json *stated = document_.find(name);
        if (stated == nullptr || same(*stated)) return;
        fail(status_, key_place(file_, name_), ": ", name, ": expected ", expected, " as its key has it, found ",
             stated->shown());
    }

    const GgufFile &file_;
    const char *name_;
    const Json &document_;
    rwkv_ms_status status_;
};

} // namespace

void check_contradictions(const GgufFile &file, const Documents &documents) {
    const Repetition config(file, "config_json", documents.config, RWKV_MS_E_SETTING_CONTRADICTS);
    const Repetition metadata(file, "adapter_metadata_json", documents.metadata, RWKV_MS_E_METADATA_CONTRADICTS);
    for (const Repetition *both : {&config, &metadata}) {
        for (const char *name : {"rank", "rwkv_ms_num_states", "rwkv_ms_chunk_size"}) both->u32(name);
        both->alpha();
        both->text("memory_backend");
        both->list("delta_heads", documents.delta_heads);
    }
    config.u32("num_state_heads");
    config.integer("rwkv_ms_semantics_version", file.u32(key_of("rwkv_ms_semantics_version")).value_or(1));
    config.text("rwkv_ms_boundary_mode");
    config.text("memory_readout_mode");
    config.list("target_layers", documents.target_layers);
    metadata.text("memory_type");
    metadata.text("base_model");
    metadata.list("wrapped_layers", documents.target_layers);
}

} // namespace rwkv_ms
