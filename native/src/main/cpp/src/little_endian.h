// Numbers as bytes, lowest first, on any machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace rwkv_ms {

template <typename Unsigned> uint8_t *put(uint8_t *out, Unsigned value) {
    for (size_t i = 0; i < sizeof value; ++i) *out++ = static_cast<uint8_t>(value >> (8 * i));
    return out;
}

template <typename Unsigned> Unsigned get(const uint8_t *in) {
    Unsigned value = 0;
    for (size_t i = 0; i < sizeof value; ++i) value |= static_cast<Unsigned>(in[i]) << (8 * i);
    return value;
}

// Float32 and float64 by their bits.
inline uint32_t bits(float value) {
    uint32_t out;
    std::memcpy(&out, &value, sizeof out);
    return out;
}

inline uint64_t bits(double value) {
    uint64_t out;
    std::memcpy(&out, &value, sizeof out);
    return out;
}

inline float float_of(uint32_t bits) {
    float out;
    std::memcpy(&out, &bits, sizeof out);
    return out;
}

} // namespace rwkv_ms
