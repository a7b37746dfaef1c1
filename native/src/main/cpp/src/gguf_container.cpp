// The container of a sidecar as such, once its header could be read (sidecar.md, "Container").
#include <algorithm>
#include <unordered_map>

#include "error.h"
#include "ggml.h"
#include "gguf_header.h"

namespace rwkv_ms {

namespace {

constexpr uint32_t kVersion = 3;

std::string tensor_place(const GgufTensorInfo &tensor) {
    return "tensor " + quoted(tensor.name) + " at byte " + std::to_string(tensor.at);
}

// A name ends at its first NUL for ggml, so one with a NUL could stand for another.
void check_names(const GgufHeader &header, const std::string &path) {
    std::unordered_map<std::string_view, size_t> seen;
    for (const GgufEntry &entry : header.entries) {
        const std::string place = "key " + quoted(entry.key) + " at byte " + std::to_string(entry.at);
        require(!entry.key.empty() && entry.key.size() <= kMaxKeyBytes &&
                    entry.key.find('\0') == std::string_view::npos,
                RWKV_MS_E_KEY_NAME, path, ": ", place, ": expected 1 to ", kMaxKeyBytes, " bytes without NUL, found ",
                entry.key.size());
        const auto [first, added] = seen.emplace(entry.key, entry.at);
        require(added, RWKV_MS_E_DUPLICATE_KEY, path, ": ", place, ": the key stands twice, first at byte ",
                first->second);
    }
    seen.clear();
    for (const GgufTensorInfo &tensor : header.tensors) {
        require(tensor.name.size() <= kMaxTensorNameBytes && tensor.name.find('\0') == std::string_view::npos,
                RWKV_MS_E_TENSOR_NAME, path, ": ", tensor_place(tensor), ": expected a name of at most ",
                kMaxTensorNameBytes, " bytes without NUL, found ", tensor.name.size());
        const auto [first, added] = seen.emplace(tensor.name, tensor.at);
        require(added, RWKV_MS_E_DUPLICATE_TENSOR, path, ": ", tensor_place(tensor),
                ": the name stands twice, first at byte ", first->second);
    }
}

} // namespace

uint64_t tensor_bytes(const GgufTensorInfo &tensor, const std::string &path) {
    const bool known = tensor.type == GGML_TYPE_F32 || tensor.type == GGML_TYPE_F16 || tensor.type == GGML_TYPE_BF16;
    require(known, RWKV_MS_E_TENSOR_TYPE, path, ": ", tensor_place(tensor),
            ": expected type 0 (F32), 1 (F16) or 30 (BF16), found ", tensor.type);
    uint64_t bytes = tensor.type == GGML_TYPE_F32 ? 4 : 2;
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
    check_names(header, path);
    uint64_t end = header.data_start; // of what the tensors so far take, padded
    for (const GgufTensorInfo &tensor : header.tensors) {
        require(tensor.offset == end - header.data_start, RWKV_MS_E_TENSOR_OFFSET, path, ": ", tensor_place(tensor),
                ": expected the data offset ", end - header.data_start, ", where the one before ends, found ",
                tensor.offset);
        const uint64_t size = tensor_bytes(tensor, path);
        const uint64_t left = bytes.size() - std::min<uint64_t>(end, bytes.size());
        require(size <= left, RWKV_MS_E_TENSOR_DATA, path, ": ", tensor_place(tensor), ": expected ", size,
                " bytes of data at byte ", end, ", found ", left, " before the end of the file");
        const uint64_t padded = (end + size + header.alignment - 1) / header.alignment * header.alignment;
        for (uint64_t at = end + size; at < std::min<uint64_t>(padded, bytes.size()); ++at) {
            require(bytes[at] == 0, RWKV_MS_E_PADDING, path, ": ", tensor_place(tensor), ": padding at byte ", at,
                    ": expected 0, found ", int{static_cast<unsigned char>(bytes[at])});
        }
        end = padded;
    }
    require(bytes.size() == end, RWKV_MS_E_FILE_SIZE, path, ": file size: expected ", end,
            " bytes, the padded end of the last tensor, found ", bytes.size());
}

} // namespace rwkv_ms
