#include "config.h"

#include <algorithm>
#include <cmath>

namespace rwkv_ms {

namespace {

struct NamedHead {
    const char *name;
    int head;
};
constexpr NamedHead kHeads[] = {
    {"q", RWKV_MS_HEAD_Q}, {"k", RWKV_MS_HEAD_K}, {"v", RWKV_MS_HEAD_V}, {"o", RWKV_MS_HEAD_O}};

class Reader {
public:
    Reader(const GgufFile &file, const Documents &documents, Unsupported &unsupported)
        : file_(file), documents_(documents), unsupported_(unsupported) {}

    Config read() {
        read_numbers();
        read_heads();
        read_modes();
        read_settings();
        read_layers();
        read_delta_heads();
        check_limits(config_, file_.path(), unsupported_);
        return std::move(config_);
    }

private:
    std::string where(std::string_view name) const { return key_place(file_, name); }
    std::string setting(const std::string &name) const { return where("config_json") + ": " + name; }

    int64_t number(const std::string &name, rwkv_ms_status status, int64_t low, int64_t high) const {
        const int64_t value = *file_.u32(key_of(name));
        check_range(status, where(name), value, low, high);
        return value;
    }

    void read_numbers() {
        config_.rank = number("rank", RWKV_MS_E_RANK, 1, kMaxWidth);
        config_.num_states = number("rwkv_ms_num_states", RWKV_MS_E_NUM_STATES, 1, INT32_MAX);
        config_.chunk_size = number("rwkv_ms_chunk_size", RWKV_MS_E_CHUNK_SIZE, 1, INT32_MAX);
        const float alpha = *file_.f32(key_of("alpha"));
        require(std::isfinite(alpha) && alpha > 0, RWKV_MS_E_ALPHA, where("alpha"),
                ": expected a finite number above 0, found ", alpha);
        config_.alpha = alpha;
        const char *semantics = "rwkv_ms_semantics_version"; // format version 1 has no such key, and means 1
        const int64_t version = file_.u32(key_of(semantics)).value_or(1);
        check_range(RWKV_MS_E_SEMANTICS_VERSION, where(semantics), version, 1, 2);
        config_.semantics_version = static_cast<int>(version);
    }

    void read_heads() {
        const int64_t heads = *file_.u32(key_of("num_state_heads"));
        unsupported_.unless(heads == 1, RWKV_MS_E_NUM_STATE_HEADS, where("num_state_heads"), ": expected 1, found ",
                            heads, ": this runtime keeps one state head");
        require(heads <= kMaxWidth / config_.rank, RWKV_MS_E_STATE_WIDTH, where("num_state_heads"),
                ": expected heads times rank of at most ", kMaxWidth, ", found ", heads, " times ", config_.rank);
        config_.num_state_heads = std::max<int64_t>(heads, 1); // writers put 0 if the configuration lacks it
    }

    void read_modes() {
        const auto expect = [&](const char *name, std::string_view expected, rwkv_ms_status status) {
            const std::string_view mode = file_.text(key_of(name)).value_or(expected);
            unsupported_.unless(mode == expected, status, where(name), ": expected ", quoted(expected), ", found ",
                                quoted(mode));
        };
        expect("rwkv_ms_boundary_mode", "fixed_chunk", RWKV_MS_E_BOUNDARY_MODE);
        expect("memory_backend", "rwkv_ms", RWKV_MS_E_MEMORY_BACKEND);
        fusion("fusion_placement", "attention_output");
        fusion("fusion_mode", "add");
    }

    // Deltas are added to the attention output; no other placement or mode is honoured, under any prefix.
    void fusion(std::string_view ending, const char *expected) {
        auto item = documents_.config.items().begin();
        for (const std::string &name : documents_.config.names()) {
            const Json &mode = *item++;
            const bool concerned =
                name.size() >= ending.size() && name.compare(name.size() - ending.size(), ending.size(), ending) == 0;
            unsupported_.unless(!concerned || (mode.kind() == Json::Kind::string && mode.string() == expected),
                                RWKV_MS_E_FUSION, setting(name), ": expected ", json_quote(expected), ", found ",
                                mode.shown());
        }
    }

    void read_settings() {
        config_.normalize_qk = flag("normalize_qk", true);
        config_.couple_lambda = flag("couple_lambda", true);
        config_.rankwise_gates = flag("rankwise_gates", true);
        unsupported_.unless(!flag("trainable_delta_scale", false), RWKV_MS_E_TRAINABLE_DELTA_SCALE,
                            setting("trainable_delta_scale"),
                            ": expected false, found true: this runtime scales every delta by alpha / rank");
        const Json *found = find("state_update_mode", Json::Kind::string);
        const std::string mode = found != nullptr ? found->string() : "standard";
        if (mode == "lambda_outside")
            config_.update_mode = RWKV_MS_MODE_LAMBDA_OUTSIDE;
        else if (mode == "no_lambda")
            config_.update_mode = RWKV_MS_MODE_NO_LAMBDA;
        else
            unsupported_.unless(mode == "standard", RWKV_MS_E_UPDATE_MODE, setting("state_update_mode"),
                                ": expected 'standard', 'lambda_outside' or 'no_lambda', found ", quoted(mode));
        const Json *erase = find("rwkv_ms_erase_gate", Json::Kind::number);
        if (erase != nullptr) config_.erase_gate = erase->number();
        const Json *top_k = find("rwkv_ms_read_top_k", Json::Kind::number);
        if (top_k == nullptr) return;
        const int64_t count = top_k->integer().value_or(-1);
        require(count >= 0 && count <= INT32_MAX, RWKV_MS_E_SETTING_RANGE, setting("rwkv_ms_read_top_k"),
                ": expected an integer of 0 to ", INT32_MAX, ", found ", top_k->shown());
        config_.read_top_k = count;
    }

    // A setting of config_json of that kind; nullptr if it is absent.
    const Json *find(const std::string &name, Json::Kind kind) const {
        const Json *value = documents_.config.find(name);
        require(value == nullptr || value->kind() == kind, RWKV_MS_E_SETTING_TYPE, setting(name), ": expected ",
                Json::name(kind), ", found ", value != nullptr ? Json::name(value->kind()) : "");
        return value;
    }

    bool flag(const std::string &name, bool absent) const {
        const Json *value = find(name, Json::Kind::boolean);
        return value != nullptr ? value->boolean() : absent;
    }

    void read_layers() {
        const std::vector<Json> &items = documents_.target_layers.items();
        require(!items.empty() && items.size() <= kMaxLayers, RWKV_MS_E_TARGET_LAYERS, where("target_layers_json"),
                ": expected 1 to ", kMaxLayers, " layers, found ", items.size());
        int64_t before = -1;
        for (const Json &item : items) {
            const int64_t layer = item.integer().value_or(-1);
            require(layer > before && layer <= INT32_MAX, RWKV_MS_E_TARGET_LAYERS, where("target_layers_json"),
                    ": entry ", config_.layers.size(), ": expected a layer number above ", before, ", found ",
                    item.shown());
            config_.layers.push_back(static_cast<int32_t>(layer));
            before = layer;
        }
    }

    void read_delta_heads() {
        for (const Json &item : documents_.delta_heads.items()) {
            const auto known = std::find_if(std::begin(kHeads), std::end(kHeads), [&](const NamedHead &head) {
                return item.kind() == Json::Kind::string && item.string() == head.name;
            });
            require(known != std::end(kHeads) && (config_.delta_heads & known->head) == 0, RWKV_MS_E_DELTA_HEADS,
                    where("delta_heads_json"), ": expected some of \"q\", \"k\", \"v\" and \"o\", each once, found ",
                    item.shown());
            config_.delta_heads |= known->head;
        }
    }

    const GgufFile &file_;
    const Documents &documents_;
    Unsupported &unsupported_;
    Config config_;
};

} // namespace

Config read_config(const GgufFile &file, const Documents &documents, Unsupported &unsupported) {
    return Reader(file, documents, unsupported).read();
}

void check_range(rwkv_ms_status status, const std::string &where, int64_t value, int64_t low, int64_t high) {
    require(value >= low && value <= high, status, where, ": expected ", low, " to ", high, ", found ", value);
}

void check_limits(const Config &config, const std::string &where, Unsupported &unsupported) {
    const auto at_most = [&](const char *name, int64_t value, int64_t limit) {
        unsupported.unless(value <= limit, RWKV_MS_E_UNSUPPORTED, where, ": ", name, ": expected at most ", limit,
                           ", found ", value);
    };
    at_most("rank", config.rank, kMaxRank);
    at_most("rwkv_ms_num_states", config.num_states, kMaxStates);
    const bool small = config.rank <= kMaxRank && config.num_states <= kMaxStates; // so that the product is exact
    at_most("rwkv_ms_num_states * rank * rank", small ? config.state_values() : 0, kMaxStateValues);
}

int64_t low_rank_width(double factor, int64_t width) {
    const double blocks = std::nearbyint(factor * std::sqrt(static_cast<double>(width)) / 32);
    return std::max<int64_t>(32, 32 * static_cast<int64_t>(blocks));
}

} // namespace rwkv_ms
