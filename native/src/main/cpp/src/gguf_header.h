// The header of a GGUF file, walked over the bytes before ggml sees them: ggml's reader takes or aborts on files that
// no sidecar may be (llama-cpp.md, "GGUF reader"). Everything points into the bytes; what a header claims is allocated
// only if the file is large enough to hold it, and within the limits below. Time is linear in the file's size.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rwkv_ms {

// Limits, the same as the Java validator's: far above every real file, small enough for any machine.
constexpr uint64_t kMaxEntries = 1 << 16;
constexpr uint64_t kMaxTensors = 1 << 16;
constexpr uint64_t kMaxTextBytes = uint64_t{64} << 20; // of all strings together that are no array elements
constexpr uint64_t kMaxArrayElements = uint64_t{1} << 30;
constexpr uint32_t kMaxDimensions = 4;
constexpr size_t kMaxKeyBytes = 65535;    // GGUF specification
constexpr size_t kMaxTensorNameBytes = 63; // GGML_MAX_NAME counts the NUL

struct GgufEntry {
    std::string_view key;
    uint32_t type;          // gguf_format.h
    std::string_view value; // as stored; of a string its text
    size_t at;              // byte offset of the key
};

struct GgufTensorInfo {
    std::string_view name;
    uint32_t n_dims;
    std::array<uint64_t, kMaxDimensions> ne; // 1 beyond n_dims
    uint32_t type;                           // a tensor type of gguf_format.h, or any other
    uint64_t offset;                         // from the start of the data
    size_t at;                               // byte offset of the name
};

struct GgufHeader {
    uint32_t version;
    uint64_t alignment;
    uint64_t end; // of the header itself
    uint64_t data_start;
    std::vector<GgufEntry> entries;
    std::vector<GgufTensorInfo> tensors;
};

// Whether strings, bools and the alignment are checked too; they are not in a base, of which only some keys are read.
enum class Texts { checked, any };

// Reads the header; RWKV_MS_E_GGUF_* if it cannot be read.
GgufHeader read_gguf_header(std::string_view bytes, const std::string &path, Texts texts = Texts::checked);

// Bytes of a tensor's data; RWKV_MS_E_TENSOR_TYPE for other types than BF16, F16 and F32, RWKV_MS_E_TENSOR_SIZE if
// the number does not fit 63 bits.
uint64_t tensor_bytes(const GgufTensorInfo &tensor, const std::string &path);

// What a sidecar's container must be beyond readable: version 3, every name once, data packed, padded with zeros,
// complete, and nothing after it.
void check_container(const GgufHeader &header, std::string_view bytes, const std::string &path);

} // namespace rwkv_ms
