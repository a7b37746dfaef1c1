#include "config.h"

#include <algorithm>
#include <cmath>

#include "error.h"
#include "json.h"

namespace rwkv_ms {

namespace {

const std::string kPrefix = "delta_mem.";
constexpr uint32_t kAlignment = 32; // of tensor data in the file; GGUF's default

struct NamedHead {
    const char *name;
    int head;
};
constexpr NamedHead kHeads[] = {
    {"q", RWKV_MS_HEAD_Q}, {"k", RWKV_MS_HEAD_K}, {"v", RWKV_MS_HEAD_V}, {"o", RWKV_MS_HEAD_O}};

class Reader {
public:
    explicit Reader(const GgufFile &file) : file_(file), settings_(json("config_json")) {
        require(settings_.kind() == Json::Kind::object, RWKV_MS_E_JSON, where("config_json"),
                ": expected an object, found ", Json::name(settings_.kind()));
    }

    Config read() {
        check_container();
        Config config;
        config.base_sha256 = base_sha256();
        const int64_t heads = needed(file_.u32(key("num_state_heads")), "num_state_heads");
        require(heads == 1, RWKV_MS_E_NUM_STATE_HEADS, where("num_state_heads"), ": expected 1, found ", heads,
                ": this runtime keeps one state head");
        agree("num_state_heads", static_cast<double>(heads));
        config.rank = number("rank");
        config.num_states = number("rwkv_ms_num_states");
        config.chunk_size = number("rwkv_ms_chunk_size");
        config.alpha = needed(file_.f32(key("alpha")), "alpha");
        require(std::isfinite(config.alpha) && config.alpha > 0, RWKV_MS_E_KEY_VALUE, where("alpha"),
                ": expected a finite number above 0, found ", config.alpha);
        agree_in_float("alpha", static_cast<float>(config.alpha));
        read_semantics(config);
        read_boundary();
        read_settings(config);
        config.layers = layers();
        config.delta_heads = delta_heads();
        for (const char *name : {"per_layer_attention_json", "adapter_metadata_json", "tensor_manifest_json",
                                 "required_runtime_hooks_json"}) {
            if (file_.string(key(name))) json(name);
        }
        check_numbers(config, file_.path());
        return config;
    }

private:
    static std::string key(const std::string &name) { return kPrefix + name; }
    std::string where(const std::string &name) const { return file_.path() + ": key " + key(name); }
    std::string setting(const std::string &name) const { return where("config_json") + ": " + name; }

    template <typename T> T needed(const std::optional<T> &value, const std::string &name) const {
        require(value.has_value(), RWKV_MS_E_KEY_MISSING, where(name), ": missing");
        return *value;
    }

    std::string text(const std::string &name) const { return needed(file_.string(key(name)), name); }
    Json json(const std::string &name) const { return Json::parse(text(name), where(name)); }

    int64_t number(const std::string &name) const {
        const int64_t value = needed(file_.u32(key(name)), name);
        agree(name, static_cast<double>(value));
        return value;
    }

    // A setting that also has a key of its own must not say something else.
    void agree(const std::string &name, double value) const { agree(name, value, false); }
    void agree_in_float(const std::string &name, float value) const { agree(name, value, true); }
    void agree(const std::string &name, double value, bool in_float) const {
        const Json *other = settings_.find(name);
        if (other == nullptr || other->kind() == Json::Kind::null) return;
        require(other->kind() == Json::Kind::number, RWKV_MS_E_JSON, setting(name), ": contradicts key ", key(name),
                ": expected ", value, ", found ", Json::name(other->kind()));
        const double found = in_float ? static_cast<double>(static_cast<float>(other->number())) : other->number();
        require(found == value, RWKV_MS_E_JSON, setting(name), ": contradicts key ", key(name), ": expected ", value,
                ", found ", other->number());
    }

    void expect_text(const std::string &name, const std::string &expected) const {
        const std::string found = text(name);
        require(found == expected, RWKV_MS_E_KEY_VALUE, where(name), ": expected '", expected, "', found '", found,
                "'");
    }

    void check_container() const {
        const auto architecture = file_.string("general.architecture");
        require(architecture.has_value(), RWKV_MS_E_KEY_MISSING, file_.path(), ": key general.architecture: missing");
        require(*architecture == "rwkv_ms_memory", RWKV_MS_E_ARCHITECTURE, file_.path(),
                ": key general.architecture: expected 'rwkv_ms_memory', found '", *architecture, "'");
        const uint32_t alignment = file_.u32("general.alignment").value_or(kAlignment);
        require(alignment == kAlignment, RWKV_MS_E_KEY_VALUE, file_.path(), ": key general.alignment: expected ",
                kAlignment, ", found ", alignment);
        const uint32_t version = needed(file_.u32(key("format_version")), "format_version");
        require(version == 1 || version == 2, RWKV_MS_E_KEY_VALUE, where("format_version"), ": expected 1 or 2, found ",
                version);
        expect_text("schema", "delta_mem_rwkv_ms_memory_gguf_sidecar.v" + std::to_string(version));
        expect_text("tensor_name_format", "compact_with_source_name_manifest");
        if (version == 2) expect_text("rwkv_ms_state_dtype", "f32");
    }

    std::string base_sha256() const {
        const auto hash = file_.string(key("base_gguf_sha256"));
        require(hash.has_value(), RWKV_MS_E_BASE_SHA256, where("base_gguf_sha256"),
                ": missing: expected the base file's SHA-256 as 64 lower-case hexadecimal digits");
        require(hash->size() == 64 && hash->find_first_not_of("0123456789abcdef") == std::string::npos,
                RWKV_MS_E_BASE_SHA256, where("base_gguf_sha256"),
                ": expected 64 lower-case hexadecimal digits, found '", *hash, "'");
        return *hash;
    }

    void read_semantics(Config &config) const {
        const auto own = file_.u32(key("rwkv_ms_semantics_version"));
        int64_t version = own ? int64_t{*own} : 1;
        if (own) {
            agree("rwkv_ms_semantics_version", static_cast<double>(version));
        } else {
            version = integer("rwkv_ms_semantics_version", 1);
        }
        require(version == 1 || version == 2, RWKV_MS_E_UNSUPPORTED, where("rwkv_ms_semantics_version"),
                ": expected 1 or 2, found ", version);
        config.semantics_version = static_cast<int>(version);
    }

    void read_boundary() const {
        const std::string own = text("rwkv_ms_boundary_mode");
        require(own == "fixed_chunk", RWKV_MS_E_UNSUPPORTED, where("rwkv_ms_boundary_mode"),
                ": expected 'fixed_chunk', found '", own, "'");
        const std::string other = word("rwkv_ms_boundary_mode", own);
        require(other == own, RWKV_MS_E_JSON, setting("rwkv_ms_boundary_mode"), ": contradicts key ",
                key("rwkv_ms_boundary_mode"), ": expected '", own, "', found '", other, "'");
    }

    void read_settings(Config &config) const {
        config.normalize_qk = flag("normalize_qk", true);
        config.couple_lambda = flag("couple_lambda", true);
        config.rankwise_gates = flag("rankwise_gates", true);
        require(!flag("trainable_delta_scale", false), RWKV_MS_E_UNSUPPORTED, setting("trainable_delta_scale"),
                ": expected false, found true: this runtime scales every delta by alpha / rank");
        const std::string mode = word("state_update_mode", "standard");
        if (mode == "lambda_outside")
            config.update_mode = RWKV_MS_MODE_LAMBDA_OUTSIDE;
        else if (mode == "no_lambda")
            config.update_mode = RWKV_MS_MODE_NO_LAMBDA;
        else
            require(mode == "standard", RWKV_MS_E_UNSUPPORTED, setting("state_update_mode"),
                    ": expected 'standard', 'lambda_outside' or 'no_lambda', found '", mode, "'");
        const Json *erase = find("rwkv_ms_erase_gate", Json::Kind::number);
        config.erase_gate = erase != nullptr ? erase->number() : 1;
        config.read_top_k = integer("rwkv_ms_read_top_k", 0);
    }

    // A setting of config_json of that kind; nullptr where it is absent.
    const Json *find(const std::string &name, Json::Kind kind) const {
        const Json *value = settings_.find(name);
        require(value == nullptr || value->kind() == kind, RWKV_MS_E_JSON, setting(name), ": expected ",
                Json::name(kind), ", found ", value != nullptr ? Json::name(value->kind()) : "");
        return value;
    }

    bool flag(const std::string &name, bool absent) const {
        const Json *value = find(name, Json::Kind::boolean);
        return value != nullptr ? value->boolean() : absent;
    }

    std::string word(const std::string &name, const std::string &absent) const {
        const Json *value = find(name, Json::Kind::string);
        return value != nullptr ? value->string() : absent;
    }

    int64_t integer(const std::string &name, int64_t absent) const {
        const Json *value = find(name, Json::Kind::number);
        if (value == nullptr) return absent;
        const auto exact = value->integer();
        require(exact.has_value(), RWKV_MS_E_JSON, setting(name), ": expected an integer, found ", value->number());
        return *exact;
    }

    std::vector<int32_t> layers() const {
        const Json list = json("target_layers_json");
        require(list.kind() == Json::Kind::array, RWKV_MS_E_JSON, where("target_layers_json"),
                ": expected an array, found ", Json::name(list.kind()));
        require(!list.items().empty(), RWKV_MS_E_KEY_VALUE, where("target_layers_json"),
                ": expected at least one layer, found none");
        std::vector<int32_t> layers;
        for (const Json &item : list.items()) {
            const auto layer = item.integer();
            require(layer && *layer >= 0 && *layer <= kMaxLayer, RWKV_MS_E_KEY_VALUE, where("target_layers_json"),
                    ": entry ", layers.size(), ": expected a layer index from 0 to ", kMaxLayer);
            require(layers.empty() || *layer > layers.back(), RWKV_MS_E_KEY_VALUE, where("target_layers_json"),
                    ": entry ", layers.size(), ": expected ascending layers without repetition, found ", *layer,
                    " after the one before it");
            layers.push_back(static_cast<int32_t>(*layer));
        }
        return layers;
    }

    int delta_heads() const {
        const Json list = json("delta_heads_json");
        require(list.kind() == Json::Kind::array, RWKV_MS_E_JSON, where("delta_heads_json"),
                ": expected an array, found ", Json::name(list.kind()));
        int heads = 0;
        for (const Json &item : list.items()) {
            const auto known = std::find_if(std::begin(kHeads), std::end(kHeads), [&](const NamedHead &head) {
                return item.kind() == Json::Kind::string && item.string() == head.name;
            });
            require(known != std::end(kHeads), RWKV_MS_E_KEY_VALUE, where("delta_heads_json"),
                    ": expected \"q\", \"k\", \"v\" or \"o\", found ",
                    item.kind() == Json::Kind::string ? json_quote(item.string()) : Json::name(item.kind()));
            require((heads & known->head) == 0, RWKV_MS_E_KEY_VALUE, where("delta_heads_json"), ": the head \"",
                    known->name, "\" stands twice");
            heads |= known->head;
        }
        return heads;
    }

    const GgufFile &file_;
    Json settings_;
};

void check_range(const std::string &where, const char *name, int64_t value, int64_t low, int64_t high) {
    require(value >= low && value <= high, RWKV_MS_E_KEY_VALUE, where, ": ", name, ": expected ", low, " to ", high,
            ", found ", value);
}

} // namespace

Config read_config(const GgufFile &file) { return Reader(file).read(); }

void check_numbers(const Config &config, const std::string &where) {
    check_range(where, "rank", config.rank, 1, kMaxRank);
    check_range(where, "rwkv_ms_num_states", config.num_states, 1, kMaxStates);
    check_range(where, "rwkv_ms_chunk_size", config.chunk_size, 1, INT64_MAX);
    check_range(where, "rwkv_ms_read_top_k", config.read_top_k, 0, INT32_MAX);
    require(std::isfinite(config.erase_gate), RWKV_MS_E_KEY_VALUE, where,
            ": rwkv_ms_erase_gate: expected a finite number, found ", config.erase_gate);
    require(config.state_values() <= kMaxStateValues, RWKV_MS_E_UNSUPPORTED, where,
            ": rwkv_ms_num_states * rank * rank: expected at most ", kMaxStateValues, " state values a layer, found ",
            config.state_values());
}

int64_t low_rank_width(double factor, int64_t width) {
    const double blocks = std::nearbyint(factor * std::sqrt(static_cast<double>(width)) / 32);
    return std::max<int64_t>(32, 32 * static_cast<int64_t>(blocks));
}

} // namespace rwkv_ms
