// The sidecars of the tests, compiled once for all of them, and optimised: thousands of them are written in a run.
#include "sidecar_builder.h"

#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <random>
#include <stdexcept>

#include <openssl/sha.h>

namespace test {

std::string sha256(const std::string &bytes) {
    unsigned char hash[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char *>(bytes.data()), bytes.size(), hash);
    std::string text;
    for (const unsigned char byte : hash) {
        char digits[3];
        std::snprintf(digits, sizeof digits, "%02x", byte);
        text += digits;
    }
    return text;
}

namespace {

// The source name of a compact one; another name stays as it is.
std::string source_name(const std::string &name) {
    const size_t dot = name.find('.', 4);
    if (name.compare(0, 4, "blk.") != 0 || dot == std::string::npos) return name;
    std::string tail = name.substr(dot + 1);
    static const std::pair<const char *, const char *> renamed[] = {
        {"mem_q", "memory_q_proj"},    {"mem_k", "memory_k_proj"},    {"mem_v", "memory_v_proj"},
        {"delta_q", "delta_q_proj"},   {"delta_k", "delta_k_proj"},   {"delta_v", "delta_v_proj"},
        {"delta_o", "delta_o_proj"},   {"beta", "beta_proj"},         {"beta_b", "beta_bias"},
        {"lambda", "lambda_proj"},     {"lambda_b", "lambda_bias"}};
    if (tail.compare(0, 5, "rwkv.") == 0) tail = "hrm_rwkv7_core." + tail.substr(5);
    for (const auto &[compact, source] : renamed) {
        if (tail == compact) {
            tail = source;
            break;
        }
    }
    return "model.language_model.layers." + name.substr(4, dot - 4) + ".self_attn." + tail;
}

} // namespace

std::string Sidecar::encode(uint32_t type, float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    if (type == kBf16) return raw(static_cast<uint16_t>(bits >> 16));
    return raw(value);
}

Sidecar::Sidecar(const Settings &s) {
    std::mt19937 random(20);
    for (size_t i = 0; i < s.layers.size(); ++i) add_layer(s.of(i), "blk." + std::to_string(s.layers[i]) + ".", random);
    add_keys(s);
}

Value &Sidecar::key(const std::string &name) {
    for (auto &[key, value] : keys) {
        if (key == name || key == "delta_mem." + name) return value;
    }
    throw std::logic_error("no key " + name);
}

void Sidecar::set(const std::string &name, Value value) { key(name) = std::move(value); }

void Sidecar::remove_key(const std::string &name) {
    key(name);
    for (size_t i = 0; i < keys.size(); ++i) {
        if (keys[i].first == name || keys[i].first == "delta_mem." + name)
            keys.erase(keys.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

void Sidecar::edit(const std::string &name, const std::string &from, const std::string &to) {
    if (name == "tensor_manifest_json" && key(name).bytes.empty()) set(name, manifest());
    std::string bytes = key(name).bytes.substr(8);
    const size_t at = bytes.find(from);
    if (at == std::string::npos) throw std::logic_error("no " + from + " in " + name);
    set(name, text(bytes.replace(at, from.size(), to)));
}

Tensor &Sidecar::tensor(const std::string &name) {
    for (Tensor &tensor : tensors) {
        if (tensor.name == name || tensor.name == "blk.0." + name) return tensor;
    }
    throw std::logic_error("no tensor " + name);
}

void Sidecar::remove_tensor(const std::string &name) {
    tensor(name);
    for (size_t i = 0; i < tensors.size(); ++i) {
        if (tensors[i].name == "blk.0." + name) tensors.erase(tensors.begin() + static_cast<std::ptrdiff_t>(i));
    }
    count();
}

void Sidecar::count() {
    uint64_t numel = 0, bytes = 0;
    for (const Tensor &tensor : tensors) {
        numel += tensor.numel();
        bytes += tensor.data.size();
    }
    set("tensor_count", u32(static_cast<uint32_t>(tensors.size())));
    set("total_numel", u64(numel));
    set("total_bytes", u64(bytes));
}

void Sidecar::fill(const std::string &name, float value) {
    Tensor &t = tensor(name);
    t.data.clear();
    for (size_t i = 0; i < t.numel(); ++i) t.data += encode(t.type, value);
}

std::string Sidecar::bytes() const {
    std::string out = "GGUF" + raw<uint32_t>(3) + raw<uint64_t>(tensors.size()) + raw<uint64_t>(keys.size());
    for (const auto &[name, value] : keys) {
        const bool own = name != "delta_mem.tensor_manifest_json" || !value.bytes.empty();
        out += raw_string(name) + raw(value.type) + (own ? value : manifest()).bytes;
    }
    uint64_t offset = 0;
    for (const Tensor &tensor : tensors) {
        out += raw_string(tensor.name) + raw<uint32_t>(static_cast<uint32_t>(tensor.ne.size()));
        for (const uint64_t n : tensor.ne) out += raw(n);
        out += raw(tensor.type) + raw(offset);
        offset += aligned(tensor.data.size());
    }
    out.resize(aligned(out.size()));
    for (const Tensor &tensor : tensors) {
        out += tensor.data;
        out.resize(aligned(out.size()));
    }
    return out;
}

Value Sidecar::manifest() const {
    std::string json;
    for (const Tensor &tensor : tensors) {
        std::string shape;
        for (auto n = tensor.ne.rbegin(); n != tensor.ne.rend(); ++n)
            shape += (shape.empty() ? "" : ",") + std::to_string(*n);
        const bool bf16 = tensor.type == kBf16, f16 = tensor.type == kF16;
        json += (json.empty() ? "[{\"bytes\":" : ",{\"bytes\":") + std::to_string(tensor.data.size()) +
                ",\"gguf_type\":\"" + (bf16 ? "BF16" : f16 ? "F16" : "F32") + "\",\"name\":\"" + tensor.name +
                "\",\"numel\":" + std::to_string(tensor.numel()) + ",\"sha256_raw\":\"" + sha256(tensor.data) +
                "\",\"shape\":[" + shape + "],\"source_name\":\"" + source_name(tensor.name) +
                "\",\"torch_dtype\":\"" + (bf16 ? "bfloat16" : f16 ? "float16" : "float32") + "\"}";
    }
    return text(json.empty() ? "[]" : json + "]");
}

void Sidecar::add_layer(const Settings &s, const std::string &prefix, std::mt19937 &random) {
    const auto add = [&](const std::string &name, std::vector<uint64_t> ne, double scale) {
        Tensor tensor{prefix + name, std::move(ne), s.type, {}};
        std::normal_distribution<float> normal(0, static_cast<float>(scale));
        for (size_t i = 0; i < tensor.numel(); ++i) tensor.data += encode(s.type, normal(random));
        tensors.push_back(std::move(tensor));
    };
    const uint64_t d = s.rank, h = s.hidden, g = s.rankwise_gates ? d : 1;
    const double by_h = 1 / std::sqrt(static_cast<double>(h)), by_d = 1 / std::sqrt(static_cast<double>(d));
    add("mem_q", {h, d}, by_h);
    add("mem_k", {h, d}, by_h);
    add("mem_v", {h, d}, by_h * s.scale);
    add("delta_q", {d, s.q_out}, by_d);
    add("delta_k", {d, s.k_out}, by_d);
    add("delta_v", {d, s.v_out}, by_d);
    add("delta_o", {d, s.o_out}, by_d);
    add("beta", {h, g}, by_h);
    add("beta_b", {g}, 0.5);
    if (!s.couple_lambda) {
        add("lambda", {h, g}, by_h);
        add("lambda_b", {g}, 0.5);
    }
    for (const char *c : {"x_r", "x_w", "x_k", "x_v", "x_a", "x_g"}) add(std::string("rwkv.") + c, {d}, 0.5);
    for (const std::string c : {"w", "a", "g"}) {
        const uint64_t width = c == "g" ? s.low_g : s.low;
        add(std::string("rwkv.") + c + "1", {width, d}, by_d);
        add(std::string("rwkv.") + c + "2", {d, width}, 0.2);
        if (c != "g") add(std::string("rwkv.") + c + "0", {d}, 0.5);
    }
    add("rwkv.k_k", {d}, 1);
    add("rwkv.k_a", {d}, 1);
    for (const char *c : {"receptance", "key", "value", "output"})
        add(std::string("rwkv.") + c + ".weight", {d, d}, by_d);
    add("rwkv.ln_x.weight", {d}, 1);
    add("rwkv.ln_x.bias", {d}, 1);
}

void Sidecar::add_keys(const Settings &s) {
    const auto flag = [](bool value) { return std::string(value ? "true" : "false"); };
    std::string layers;
    for (const int layer : s.layers) layers += (layers.empty() ? "" : ",") + std::to_string(layer);
    const uint32_t version = s.semantics;
    keys = {{"general.architecture", text("rwkv_ms_memory")}, {"general.alignment", u32(32)}};
    const auto add_key = [&](const std::string &name, Value value) {
        keys.emplace_back("delta_mem." + name, std::move(value));
    };
    add_key("schema", text("delta_mem_rwkv_ms_memory_gguf_sidecar.v" + std::to_string(version)));
    add_key("base_gguf_sha256", text(s.base_sha256));
    add_key("tensor_name_format", text("compact_with_source_name_manifest"));
    add_key("format_version", u32(version));
    add_key("tensor_count", u32(0));
    add_key("total_numel", u64(0));
    add_key("total_bytes", u64(0));
    add_key("rank", u32(s.rank));
    add_key("alpha", f32(16));
    add_key("num_state_heads", u32(1));
    add_key("rwkv_ms_num_states", u32(s.states));
    add_key("rwkv_ms_chunk_size", u32(s.chunk));
    if (version == 2) {
        add_key("rwkv_ms_semantics_version", u32(2));
        add_key("rwkv_ms_state_dtype", text("f32"));
    }
    add_key("rwkv_ms_boundary_mode", text("fixed_chunk"));
    add_key("target_layers_json", text("[" + layers + "]"));
    add_key("delta_heads_json", text(s.heads));
    std::string attention;
    for (size_t i = 0; i < s.layers.size(); ++i) {
        const uint32_t q_out = s.of(i).q_out;
        attention += (attention.empty() ? "[" : ",") +
                     std::string(R"({"active_delta_heads":["q","o"],"attention_kind":")") +
                     (q_out > 2048 ? "full" : "sliding") +
                     R"(_attention","compat_delta_heads":["k","v"],"k_out":)" + std::to_string(s.k_out) +
                     ",\"layer\":" + std::to_string(s.layers[i]) + ",\"o_out\":" + std::to_string(s.o_out) +
                     ",\"q_out\":" + std::to_string(q_out) + ",\"v_out\":" + std::to_string(s.v_out) + "}";
    }
    add_key("per_layer_attention_json", text(attention + "]"));
    add_key("config_json",
            text("{\"couple_lambda\":" + flag(s.couple_lambda) + ",\"normalize_qk\":" + flag(s.normalize_qk) +
                 ",\"rankwise_gates\":" + flag(s.rankwise_gates) + ",\"rwkv_ms_erase_gate\":" + s.erase_gate +
                 ",\"rwkv_ms_read_top_k\":" + std::to_string(s.read_top_k) + ",\"state_update_mode\":\"" +
                 s.update_mode + "\",\"trainable_delta_scale\":false}"));
    add_key("adapter_metadata_json", text("{}"));
    add_key("tensor_manifest_json", {text("").type, {}}); // made when the file is
    add_key("required_runtime_hooks_json", text("[]"));
    count();
}

void write_file(const std::string &path, const std::string &bytes) {
    std::ofstream out(path, std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!out.flush()) throw std::runtime_error(path + ": cannot be written");
}

std::vector<float> random_values(size_t count, double scale, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(0, static_cast<float>(scale));
    std::vector<float> values(count);
    for (float &value : values) value = normal(random);
    return values;
}

} // namespace test
