#include "sidecar_reader.h"

#include <cmath>
#include <cstring>

// What reads and checks a sidecar in librwkv_ms, in one run.
#include "../src/base.cpp"
#include "../src/config.cpp"
#include "../src/contradictions.cpp"
#include "../src/fingerprint.cpp"
#include "../src/gguf_container.cpp"
#include "../src/gguf_file.cpp"
#include "../src/gguf_header.cpp"
#include "../src/identity.cpp"
#include "../src/json.cpp"
#include "../src/json_text.cpp"
#include "../src/keys.cpp"
#include "../src/manifest.cpp"
#include "../src/mapped_file.cpp"
#include "../src/sidecar_file.cpp"
#include "../src/tensor_names.cpp"
#include "../src/tensor_rules.cpp"

namespace rwkv_ms {

namespace {

// IEEE 754 binary16; a sidecar has no infinity and no NaN.
float of_f16(uint16_t bits) {
    const int exponent = bits >> 10 & 0x1F, fraction = bits & 0x3FF;
    const float size = exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                                     : std::ldexp(static_cast<float>(fraction + 0x400), exponent - 25);
    return (bits & 0x8000) != 0 ? -size : size;
}

template <typename Bits> Bits stored_at(const GgufFile::Tensor &tensor, size_t index) {
    Bits bits;
    std::memcpy(&bits, tensor.bytes.data() + index * sizeof bits, sizeof bits);
    return bits;
}

SidecarTensor in_float32(const GgufFile::Tensor &tensor) {
    SidecarTensor out{tensor.ne[1], tensor.ne[0], std::vector<float>(static_cast<size_t>(tensor.numel()))};
    for (size_t i = 0; i < out.values.size(); ++i) {
        out.values[i] = tensor.type == tensor_type::kF32   ? stored_at<float>(tensor, i)
                        : tensor.type == tensor_type::kF16 ? of_f16(stored_at<uint16_t>(tensor, i))
                                                           : float_of(uint32_t{stored_at<uint16_t>(tensor, i)} << 16);
    }
    return out;
}

} // namespace

SidecarReader::SidecarReader(const std::string &path, const std::string &base, StateHeads heads) {
    const GgufFile file(path);
    description_.config = checked_config(file, base, heads);
    description_.fingerprint = fingerprint(description_.config, file);
    for (const auto &[layer, named] : by_layer(file)) {
        std::map<std::string, SidecarTensor> tensors;
        for (const auto &[name, tensor] : named) tensors.emplace(name, in_float32(*tensor));
        DeltaWidths widths{};
        for (size_t head = 0; head < widths.size(); ++head) {
            if ((description_.config.delta_heads >> head & 1) != 0)
                widths[head] = tensors.at(std::string("delta_") + "qkvo"[head]).rows;
        }
        description_.widths.push_back(widths);
        layers_.push_back(std::move(tensors));
    }
}

} // namespace rwkv_ms
