// Writes small valid sidecars with random weights, and lets a test spoil one thing before it does.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <openssl/sha.h>

#include "rwkv_ms.h"

namespace test {

constexpr uint32_t kF32 = 0, kF16 = 1, kBf16 = 30, kI32 = 26; // ggml's tensor types

struct Tensor {
    std::string name;
    std::vector<uint64_t> ne; // ggml order
    uint32_t type = kBf16;
    std::string data;
    size_t numel() const {
        size_t count = 1;
        for (const uint64_t n : ne) count *= n;
        return count;
    }
};

// A value with its GGUF type.
struct Value {
    uint32_t type;
    std::string bytes;
};

template <typename T> std::string raw(T value) {
    return std::string(reinterpret_cast<const char *>(&value), sizeof value);
}
inline std::string raw_string(const std::string &text) { return raw<uint64_t>(text.size()) + text; }
inline Value text(const std::string &value) { return {8, raw_string(value)}; }
inline Value u32(uint32_t value) { return {4, raw(value)}; }
inline Value u64(uint64_t value) { return {10, raw(value)}; }
inline Value f32(float value) { return {6, raw(value)}; }

struct Settings {
    uint32_t hidden = 64, rank = 8, states = 4, chunk = 16;
    uint32_t low = 32, low_g = 32; // inner widths of the pairs w and a, and of g: math.md's for ranks below 92
    uint32_t q_out = 96, k_out = 32, v_out = 32, o_out = 64;
    int semantics = 1;
    bool normalize_qk = true, couple_lambda = true, rankwise_gates = true;
    std::string update_mode = "standard", erase_gate = "1.0", heads = R"(["q","o"])";
    int read_top_k = 0;
    std::vector<int> layers = {0};
    std::vector<uint32_t> q_outs; // of each of these layers, where they differ
    uint32_t type = kBf16;
    double scale = 1; // of the memory source's weights: larger ones give larger states
    std::string base_sha256 = std::string(64, 'a');

    // Those of the layer in that place.
    Settings of(size_t place) const {
        Settings one = *this;
        if (!q_outs.empty()) one.q_out = q_outs.at(place);
        return one;
    }
};

// Calls act with settings of each mode, and with a name for messages.
template <typename Act> void for_each_setting(Act &&act) {
    for (const int semantics : {1, 2}) {
        for (const char *mode : {"standard", "lambda_outside", "no_lambda"}) {
            for (int bits = 0; bits < 8; ++bits) {
                Settings s;
                s.semantics = semantics;
                s.update_mode = mode;
                s.rankwise_gates = (bits & 1) == 0;
                s.couple_lambda = (bits & 2) == 0;
                s.normalize_qk = (bits & 4) == 0;
                s.read_top_k = bits % 3;
                s.erase_gate = bits % 2 == 0 ? "1.0" : "0.5";
                act(s,
                    std::string(mode) + ", semantics " + std::to_string(semantics) + ", bits " + std::to_string(bits));
            }
        }
    }
}

inline std::string sha256(const std::string &bytes) {
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

// The source name of a compact one; another name stays as it is.
inline std::string source_name(const std::string &name) {
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

class Sidecar {
public:
    std::vector<std::pair<std::string, Value>> keys;
    std::vector<Tensor> tensors;
    uint64_t alignment = 32;

    explicit Sidecar(const Settings &s = {}) : random_(20) {
        for (size_t i = 0; i < s.layers.size(); ++i) add_layer(s.of(i), "blk." + std::to_string(s.layers[i]) + ".");
        add_keys(s);
    }

    Value &key(const std::string &name) {
        for (auto &[key, value] : keys) {
            if (key == name || key == "delta_mem." + name) return value;
        }
        throw std::logic_error("no key " + name);
    }
    void set(const std::string &name, Value value) { key(name) = std::move(value); }
    void remove_key(const std::string &name) {
        key(name);
        for (size_t i = 0; i < keys.size(); ++i) {
            if (keys[i].first == name || keys[i].first == "delta_mem." + name)
                keys.erase(keys.begin() + static_cast<std::ptrdiff_t>(i));
        }
    }
    // Replaces a part of a key's text, such as one setting of config_json or one field of the manifest.
    void edit(const std::string &name, const std::string &from, const std::string &to) {
        if (name == "tensor_manifest_json" && key(name).bytes.empty()) set(name, manifest());
        std::string bytes = key(name).bytes.substr(8);
        const size_t at = bytes.find(from);
        if (at == std::string::npos) throw std::logic_error("no " + from + " in " + name);
        set(name, text(bytes.replace(at, from.size(), to)));
    }
    Tensor &tensor(const std::string &name) {
        for (Tensor &tensor : tensors) {
            if (tensor.name == name || tensor.name == "blk.0." + name) return tensor;
        }
        throw std::logic_error("no tensor " + name);
    }
    void remove_tensor(const std::string &name) {
        tensor(name);
        for (size_t i = 0; i < tensors.size(); ++i) {
            if (tensors[i].name == "blk.0." + name) tensors.erase(tensors.begin() + static_cast<std::ptrdiff_t>(i));
        }
        count();
    }
    // Makes the three counting keys agree with the tensors again.
    void count() {
        uint64_t numel = 0, bytes = 0;
        for (const Tensor &tensor : tensors) {
            numel += tensor.numel();
            bytes += tensor.data.size();
        }
        set("tensor_count", u32(static_cast<uint32_t>(tensors.size())));
        set("total_numel", u64(numel));
        set("total_bytes", u64(bytes));
    }
    void fill(const std::string &name, float value) {
        Tensor &t = tensor(name);
        t.data.clear();
        for (size_t i = 0; i < t.numel(); ++i) t.data += encode(t.type, value);
    }

    std::string bytes() const {
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

    // What the manifest must say of the tensors; a file has it unless a test has set another.
    Value manifest() const {
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

    static std::string encode(uint32_t type, float value) {
        uint32_t bits;
        std::memcpy(&bits, &value, sizeof bits);
        if (type == kBf16) return raw(static_cast<uint16_t>(bits >> 16));
        return raw(value);
    }

private:
    uint64_t aligned(uint64_t size) const { return (size + alignment - 1) / alignment * alignment; }

    void add(const Settings &s, const std::string &name, std::vector<uint64_t> ne, double scale) {
        Tensor tensor{name, std::move(ne), s.type, {}};
        std::normal_distribution<float> normal(0, static_cast<float>(scale));
        for (size_t i = 0; i < tensor.numel(); ++i) tensor.data += encode(s.type, normal(random_));
        tensors.push_back(std::move(tensor));
    }

    void add_layer(const Settings &s, const std::string &prefix) {
        const uint64_t d = s.rank, h = s.hidden, g = s.rankwise_gates ? d : 1;
        const double by_h = 1 / std::sqrt(static_cast<double>(h)), by_d = 1 / std::sqrt(static_cast<double>(d));
        add(s, prefix + "mem_q", {h, d}, by_h);
        add(s, prefix + "mem_k", {h, d}, by_h);
        add(s, prefix + "mem_v", {h, d}, by_h * s.scale);
        add(s, prefix + "delta_q", {d, s.q_out}, by_d);
        add(s, prefix + "delta_k", {d, s.k_out}, by_d);
        add(s, prefix + "delta_v", {d, s.v_out}, by_d);
        add(s, prefix + "delta_o", {d, s.o_out}, by_d);
        add(s, prefix + "beta", {h, g}, by_h);
        add(s, prefix + "beta_b", {g}, 0.5);
        if (!s.couple_lambda) {
            add(s, prefix + "lambda", {h, g}, by_h);
            add(s, prefix + "lambda_b", {g}, 0.5);
        }
        for (const char *c : {"x_r", "x_w", "x_k", "x_v", "x_a", "x_g"}) add(s, prefix + "rwkv." + c, {d}, 0.5);
        for (const std::string c : {"w", "a", "g"}) {
            const uint64_t width = c == "g" ? s.low_g : s.low;
            add(s, prefix + "rwkv." + c + "1", {width, d}, by_d);
            add(s, prefix + "rwkv." + c + "2", {d, width}, 0.2);
            if (c != "g") add(s, prefix + "rwkv." + c + "0", {d}, 0.5);
        }
        add(s, prefix + "rwkv.k_k", {d}, 1);
        add(s, prefix + "rwkv.k_a", {d}, 1);
        for (const char *c : {"receptance", "key", "value", "output"})
            add(s, prefix + "rwkv." + c + ".weight", {d, d}, by_d);
        add(s, prefix + "rwkv.ln_x.weight", {d}, 1);
        add(s, prefix + "rwkv.ln_x.bias", {d}, 1);
    }

    void add_keys(const Settings &s) {
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

    std::mt19937 random_;
};

inline void write_file(const std::string &path, const std::string &bytes) {
    std::ofstream out(path, std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!out.flush()) throw std::runtime_error(path + ": cannot be written");
}

} // namespace test
