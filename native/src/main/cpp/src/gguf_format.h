// The numbers of the GGUF format that reading a sidecar needs, so that it needs no header of ggml's. ggml_opinion.cpp
// holds them to ggml's own.
#pragma once

#include <cstdint>

namespace rwkv_ms {

// Types of a key's value.
namespace gguf {
constexpr uint32_t kUint8 = 0, kInt8 = 1, kUint16 = 2, kInt16 = 3, kUint32 = 4, kInt32 = 5, kFloat32 = 6, kBool = 7,
                   kString = 8, kArray = 9, kUint64 = 10, kInt64 = 11, kFloat64 = 12;
constexpr uint32_t kTypes = 13;
constexpr const char *kTypeNames[kTypes] = {"u8",  "i8",   "u16", "i16", "u32", "i32", "f32",
                                            "bool", "str", "arr", "u64", "i64", "f64"};
constexpr const char *kAlignmentKey = "general.alignment";
constexpr uint32_t kDefaultAlignment = 32;
} // namespace gguf

// Types of a sidecar's tensors.
namespace tensor_type {
constexpr uint32_t kF32 = 0, kF16 = 1, kBf16 = 30;
} // namespace tensor_type

} // namespace rwkv_ms
