// Writes small valid sidecars with random weights, and lets a test spoil one thing before it does.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

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

std::string sha256(const std::string &bytes);

class Sidecar {
public:
    std::vector<std::pair<std::string, Value>> keys;
    std::vector<Tensor> tensors;
    uint64_t alignment = 32;

    explicit Sidecar(const Settings &s = {});

    Value &key(const std::string &name);
    void set(const std::string &name, Value value);
    void remove_key(const std::string &name);
    // Replaces a part of a key's text, such as one setting of config_json or one field of the manifest.
    void edit(const std::string &name, const std::string &from, const std::string &to);
    Tensor &tensor(const std::string &name);
    void remove_tensor(const std::string &name);
    // Makes the three counting keys agree with the tensors again.
    void count();
    void fill(const std::string &name, float value);

    std::string bytes() const;
    // What the manifest must say of the tensors; a file has it unless a test has set another.
    Value manifest() const;

    static std::string encode(uint32_t type, float value);

private:
    uint64_t aligned(uint64_t size) const { return (size + alignment - 1) / alignment * alignment; }
    void add_layer(const Settings &s, const std::string &prefix, std::mt19937 &random);
    void add_keys(const Settings &s);
};

// Normally distributed ones.
std::vector<float> random_values(size_t count, double scale = 0.125, unsigned seed = 5);

void write_file(const std::string &path, const std::string &bytes);

} // namespace test
