// The container of a sidecar as such, once its header could be read (sidecar.md, "Container").
#include <algorithm>
#include <unordered_map>

#include "error.h"
#include "gguf_format.h"
#include "gguf_header.h"

namespace rwkv_ms {

namespace {

constexpr uint32_t kVersion = 3;

std::string tensor_place(const GgufTensorInfo &tensor) {
    return "tensor " + quoted(tensor.name) + " at byte " + std::to_string(tensor.at);
}

// Segments of a-z, 0-9 and _ between dots.
bool well_formed(std::string_view key) {
    char before = '.';
    for (const char c : key) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        if (!letter && (c != '.' || before == '.')) return false;
        before = c;
    }
    return before != '.' && key.size() <= kMaxKeyBytes;
}

// A name ends at its first NUL for ggml, so one with a NUL could stand for another.
bool has_nul(std::string_view name) { return name.find('\0') != std::string_view::npos; }

void check_keys(const GgufHeader &header, const std::string &path) {
    std::unordered_map<std::string_view, size_t> seen;
    for (const GgufEntry &entry : header.entries) {
        const std::string place = path + ": key " + quoted(entry.key) + " at byte " + std::to_string(entry.at);
        require(!entry.key.empty(), RWKV_MS_E_EMPTY_KEY, place, ": expected a key, found an empty one");
        require(!has_nul(entry.key), RWKV_MS_E_NAME_NUL, place, ": expected no NUL, found one");
        require(well_formed(entry.key), RWKV_MS_E_KEY_NAME, place,
                ": expected segments of a-z, 0-9 and _ between dots, at most ", kMaxKeyBytes, " bytes");
        const auto [first, added] = seen.emplace(entry.key, entry.at);
        require(added, RWKV_MS_E_DUPLICATE_KEY, place, ": the key stands twice, first at byte ", first->second);
    }
}

void check_tensor_names(const GgufHeader &header, const std::string &path) {
    std::unordered_map<std::string_view, size_t> seen;
    for (const GgufTensorInfo &tensor : header.tensors) {
        const std::string place = path + ": " + tensor_place(tensor);
        require(!tensor.name.empty(), RWKV_MS_E_EMPTY_TENSOR_NAME, place, ": expected a name, found an empty one");
        require(!has_nul(tensor.name), RWKV_MS_E_NAME_NUL, place, ": expected no NUL, found one");
        require(tensor.name.size() <= kMaxTensorNameBytes, RWKV_MS_E_TENSOR_NAME, place,
                ": expected a name of at most ", kMaxTensorNameBytes, " bytes, found ", tensor.name.size());
        const auto [first, added] = seen.emplace(tensor.name, tensor.at);
        require(added, RWKV_MS_E_DUPLICATE_TENSOR, place, ": the name stands twice, first at byte ", first->second);
    }
}

void check_dimensions(const GgufTensorInfo &tensor, const std::string &path) {
    require(tensor.n_dims >= 1, RWKV_MS_E_NO_DIMENSIONS, path, ": ", tensor_place(tensor),
            ": expected 1 to ", kMaxDimensions, " dimensions, found 0");
    for (uint32_t i = 0; i < tensor.n_dims; ++i) {
        require(tensor.ne[i] != 0, RWKV_MS_E_ZERO_DIMENSION, path, ": ", tensor_place(tensor), ": dimension ", i,
                ": expected at least 1, found 0");
    }
}

// Unused bytes must be 0; if the file ends before them, FILE_SIZE reports it.
void check_padding(std::string_view bytes, uint64_t from, uint64_t to, const std::string &place) {
    for (uint64_t at = from; at < std::min<uint64_t>(to, bytes.size()); ++at) {
        require(bytes[at] == 0, RWKV_MS_E_PADDING, place, ": padding at byte ", at, ": expected 0, found ",
                int{static_cast<unsigned char>(bytes[at])});
    }
}

} // namespace

uint64_t tensor_bytes(const GgufTensorInfo &tensor, const std::string &path) {
    const bool known = tensor.type == tensor_type::kF32 || tensor.type == tensor_type::kF16 ||
                       tensor.type == tensor_type::kBf16;
    require(known, RWKV_MS_E_TENSOR_TYPE, path, ": ", tensor_place(tensor),
            ": expected type 0 (F32), 1 (F16) or 30 (BF16), found ", tensor.type);
    uint64_t bytes = tensor.type == tensor_type::kF32 ? 4 : 2;
    for (const uint64_t n : tensor.ne) {
        require(n <= INT64_MAX && (n == 0 || bytes <= INT64_MAX / n), RWKV_MS_E_TENSOR_SIZE, path, ": ",
                tensor_place(tensor), ": its dimensions [", tensor.ne[0], ", ", tensor.ne[1], ", ", tensor.ne[2], ", ",
                tensor.ne[3], "]: expected a size that fits 63 bits");
        bytes *= n;
    }
    return bytes;
}

void check_container(const GgufHeader &header, std::string_view bytes, const std::string &path) {
    require(header.version == kVersion, RWKV_MS_E_CONTAINER_VERSION, path, ": GGUF version at byte 4: expected ",
            kVersion, ", found ", header.version);
    check_keys(header, path);
    check_tensor_names(header, path);
    require(header.tensors.empty() || header.data_start <= bytes.size(), RWKV_MS_E_DATA_START, path,
            ": tensor data: expected it from byte ", header.data_start, ", found the end of the file at ",
            bytes.size());
    check_padding(bytes, header.end, header.data_start, path + ": header");
    uint64_t end = header.data_start; // of what the tensors so far take, padded
    for (const GgufTensorInfo &tensor : header.tensors) {
        check_dimensions(tensor, path);
        require(tensor.offset == end - header.data_start, RWKV_MS_E_TENSOR_OFFSET, path, ": ", tensor_place(tensor),
                ": expected the data offset ", end - header.data_start, ", where the one before ends, found ",
                tensor.offset);
        const uint64_t size = tensor_bytes(tensor, path);
        const uint64_t left = bytes.size() - std::min<uint64_t>(end, bytes.size());
        require(size <= left, RWKV_MS_E_TENSOR_DATA, path, ": ", tensor_place(tensor), ": expected ", size,
                " bytes of data at byte ", end, ", found ", left, " before the end of the file");
        const uint64_t padded = (end + size + header.alignment - 1) / header.alignment * header.alignment;
        check_padding(bytes, end + size, padded, path + ": " + tensor_place(tensor));
        end = padded;
    }
    require(bytes.size() == end, RWKV_MS_E_FILE_SIZE, path, ": file size: expected ", end,
            " bytes, the padded end of the last tensor, found ", bytes.size());
}

} // namespace rwkv_ms
