#include "gguf_file.h"

#include <algorithm>
#include <cstring>

#include "error.h"

namespace rwkv_ms {

GgufFile::GgufFile(const std::string &path)
    : path_(path), file_(path), header_(read_gguf_header(file_.bytes(), path)) {
    check_container(header_, file_.bytes(), path);
    for (size_t i = 0; i < header_.entries.size(); ++i) places_.emplace(header_.entries[i].key, i);
    read_tensors();
}

void GgufFile::read_tensors() {
    for (const GgufTensorInfo &info : header_.tensors) {
        Tensor tensor{};
        tensor.name = info.name;
        tensor.type = info.type;
        tensor.n_dims = info.n_dims;
        std::transform(info.ne.begin(), info.ne.end(), tensor.ne, [](uint64_t n) { return static_cast<int64_t>(n); });
        tensor.bytes = file_.bytes().substr(header_.data_start + info.offset, tensor_bytes(info, path_));
        tensors_.push_back(std::move(tensor));
    }
}

const GgufEntry *GgufFile::find(std::string_view key, uint32_t type) const {
    const auto found = places_.find(key);
    if (found == places_.end()) return nullptr;
    const GgufEntry &entry = header_.entries[found->second];
    require(entry.type == type, RWKV_MS_E_KEY_TYPE, path_, ": key ", key, ": expected type ", gguf::kTypeNames[type],
            ", found ", gguf::kTypeNames[entry.type]);
    return &entry;
}

template <typename T> std::optional<T> GgufFile::number(std::string_view key, uint32_t type) const {
    const GgufEntry *entry = find(key, type);
    if (entry == nullptr) return std::nullopt;
    T value;
    std::memcpy(&value, entry->value.data(), sizeof value);
    return value;
}

std::optional<std::string_view> GgufFile::text(std::string_view key) const {
    const GgufEntry *entry = find(key, gguf::kString);
    return entry != nullptr ? std::optional<std::string_view>(entry->value) : std::nullopt;
}

std::optional<uint32_t> GgufFile::u32(std::string_view key) const { return number<uint32_t>(key, gguf::kUint32); }

std::optional<uint64_t> GgufFile::u64(std::string_view key) const { return number<uint64_t>(key, gguf::kUint64); }

std::optional<float> GgufFile::f32(std::string_view key) const { return number<float>(key, gguf::kFloat32); }

} // namespace rwkv_ms
