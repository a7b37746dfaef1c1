#include "tensor_names.h"

#include <algorithm>

namespace rwkv_ms {

namespace {

constexpr std::string_view kLayerPrefix = "blk.";
constexpr size_t kMaxLayerDigits = 9; // fits an int32

} // namespace

const std::vector<TensorRule> &tensor_rules() {
    static const std::vector<TensorRule> rules = {
        {"mem_q", "memory_q_proj", Dim::d, Dim::h},
        {"mem_k", "memory_k_proj", Dim::d, Dim::h},
        {"mem_v", "memory_v_proj", Dim::d, Dim::h},
        {"delta_q", "delta_q_proj", Dim::q_out, Dim::d},
        {"delta_k", "delta_k_proj", Dim::k_out, Dim::d},
        {"delta_v", "delta_v_proj", Dim::v_out, Dim::d},
        {"delta_o", "delta_o_proj", Dim::o_out, Dim::d},
        {"beta", "beta_proj", Dim::g, Dim::h},
        {"beta_b", "beta_bias", Dim::g, Dim::none},
        {"lambda", "lambda_proj", Dim::g, Dim::h},
        {"lambda_b", "lambda_bias", Dim::g, Dim::none},
        {"rwkv.x_r", "hrm_rwkv7_core.x_r", Dim::d, Dim::none},
        {"rwkv.x_w", "hrm_rwkv7_core.x_w", Dim::d, Dim::none},
        {"rwkv.x_k", "hrm_rwkv7_core.x_k", Dim::d, Dim::none},
        {"rwkv.x_v", "hrm_rwkv7_core.x_v", Dim::d, Dim::none},
        {"rwkv.x_a", "hrm_rwkv7_core.x_a", Dim::d, Dim::none},
        {"rwkv.x_g", "hrm_rwkv7_core.x_g", Dim::d, Dim::none},
        {"rwkv.w1", "hrm_rwkv7_core.w1", Dim::d, Dim::low_w},
        {"rwkv.w2", "hrm_rwkv7_core.w2", Dim::low_w, Dim::d},
        {"rwkv.w0", "hrm_rwkv7_core.w0", Dim::d, Dim::none},
        {"rwkv.a1", "hrm_rwkv7_core.a1", Dim::d, Dim::low_a},
        {"rwkv.a2", "hrm_rwkv7_core.a2", Dim::low_a, Dim::d},
        {"rwkv.a0", "hrm_rwkv7_core.a0", Dim::d, Dim::none},
        {"rwkv.g1", "hrm_rwkv7_core.g1", Dim::d, Dim::low_g},
        {"rwkv.g2", "hrm_rwkv7_core.g2", Dim::low_g, Dim::d},
        {"rwkv.k_k", "hrm_rwkv7_core.k_k", Dim::d, Dim::none},
        {"rwkv.k_a", "hrm_rwkv7_core.k_a", Dim::d, Dim::none},
        {"rwkv.receptance.weight", "hrm_rwkv7_core.receptance.weight", Dim::d, Dim::d},
        {"rwkv.key.weight", "hrm_rwkv7_core.key.weight", Dim::d, Dim::d},
        {"rwkv.value.weight", "hrm_rwkv7_core.value.weight", Dim::d, Dim::d},
        {"rwkv.output.weight", "hrm_rwkv7_core.output.weight", Dim::d, Dim::d},
        {"rwkv.ln_x.weight", "hrm_rwkv7_core.ln_x.weight", Dim::d, Dim::none},
        {"rwkv.ln_x.bias", "hrm_rwkv7_core.ln_x.bias", Dim::d, Dim::none},
    };
    return rules;
}

std::optional<TensorRef> parse_tensor_name(std::string_view name) {
    if (name.substr(0, kLayerPrefix.size()) != kLayerPrefix) return std::nullopt;
    const std::string_view rest = name.substr(kLayerPrefix.size());
    const size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    const bool number = digits >= 1 && digits <= kMaxLayerDigits && (rest[0] != '0' || digits == 1);
    if (!number || digits == rest.size() || rest[digits] != '.') return std::nullopt;
    const std::string_view tail = rest.substr(digits + 1);
    const auto &rules = tensor_rules();
    const auto rule = std::find_if(rules.begin(), rules.end(), [&](const TensorRule &r) { return tail == r.name; });
    if (rule == rules.end()) return std::nullopt;
    return TensorRef{static_cast<int32_t>(std::stol(std::string(rest.substr(0, digits)))), &*rule};
}

std::string tensor_name(int32_t layer, const TensorRule &rule) {
    return std::string(kLayerPrefix) + std::to_string(layer) + "." + rule.name;
}

std::string source_name(int32_t layer, const TensorRule &rule) {
    return "model.language_model.layers." + std::to_string(layer) + ".self_attn." + rule.source;
}

} // namespace rwkv_ms
