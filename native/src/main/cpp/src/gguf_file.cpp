#include "gguf_file.h"

#include <algorithm>

#include "error.h"

// b9842 and older lack it.
extern "C" __attribute__((weak)) const int64_t *gguf_get_tensor_ne(const gguf_context *, int64_t);

namespace rwkv_ms {

namespace {

// Whether ggml has read the same dimensions; with an older ggml, whether it computes the same size from them.
bool same_dimensions(const gguf_context *gguf, int64_t id, const GgufFile::Tensor &tensor) {
    if (gguf_get_tensor_ne == nullptr) return gguf_get_tensor_size(gguf, id) == tensor.bytes.size();
    return std::equal(std::begin(tensor.ne), std::end(tensor.ne), gguf_get_tensor_ne(gguf, id));
}

} // namespace

GgufFile::GgufFile(const std::string &path)
    : path_(path), file_(path), header_(read_gguf_header(file_.bytes(), path)) {
    const std::string_view bytes = file_.bytes();
    check_container(header_, bytes, path);
    gguf_.reset(gguf_init_from_buffer(bytes.data(), bytes.size(), gguf_init_params{/*no_alloc =*/true, nullptr}));
    require(gguf_ != nullptr, RWKV_MS_E_GGUF, path, ": ggml's GGUF reader refuses the file, its log names the reason");
    index_entries();
    read_tensors();
}

void GgufFile::index_entries() {
    const int64_t count = gguf_get_n_kv(gguf_.get());
    bool agrees = count == static_cast<int64_t>(header_.entries.size());
    for (int64_t id = 0; agrees && id < count; ++id) {
        const GgufEntry &entry = header_.entries[static_cast<size_t>(id)];
        agrees = entry.key == gguf_get_key(gguf_.get(), id) &&
                 static_cast<gguf_type>(entry.type) == gguf_get_kv_type(gguf_.get(), id);
        ids_.emplace(entry.key, id);
    }
    require(agrees, RWKV_MS_E_GGUF, path_, ": ggml's GGUF reader finds other keys than the file holds");
}

void GgufFile::read_tensors() {
    const int64_t count = gguf_get_n_tensors(gguf_.get());
    bool agrees = count == static_cast<int64_t>(header_.tensors.size());
    agrees = agrees && (count == 0 || gguf_get_data_offset(gguf_.get()) == header_.data_start);
    for (int64_t id = 0; agrees && id < count; ++id) {
        const GgufTensorInfo &info = header_.tensors[static_cast<size_t>(id)];
        Tensor tensor{};
        tensor.name = gguf_get_tensor_name(gguf_.get(), id);
        tensor.type = gguf_get_tensor_type(gguf_.get(), id);
        tensor.n_dims = info.n_dims;
        std::transform(info.ne.begin(), info.ne.end(), tensor.ne, [](uint64_t n) { return static_cast<int64_t>(n); });
        tensor.bytes = file_.bytes().substr(header_.data_start + info.offset, tensor_bytes(info, path_));
        agrees = tensor.name == info.name && tensor.type == static_cast<ggml_type>(info.type) &&
                 same_dimensions(gguf_.get(), id, tensor) && gguf_get_tensor_offset(gguf_.get(), id) == info.offset;
        tensors_.push_back(std::move(tensor));
    }
    require(agrees, RWKV_MS_E_GGUF, path_, ": ggml's GGUF reader finds other tensors than the file holds");
}

std::optional<int64_t> GgufFile::find(std::string_view key, gguf_type type) const {
    const auto found = ids_.find(key);
    if (found == ids_.end()) return std::nullopt;
    const gguf_type other = gguf_get_kv_type(gguf_.get(), found->second);
    require(other == type, RWKV_MS_E_KEY_TYPE, path_, ": key ", key, ": expected type ", gguf_type_name(type),
            ", found ", gguf_type_name(other));
    return found->second;
}

std::optional<std::string_view> GgufFile::text(std::string_view key) const {
    const auto id = find(key, GGUF_TYPE_STRING);
    return id ? std::optional<std::string_view>(header_.entries[static_cast<size_t>(*id)].value) : std::nullopt;
}

std::optional<uint32_t> GgufFile::u32(std::string_view key) const {
    const auto id = find(key, GGUF_TYPE_UINT32);
    return id ? std::optional<uint32_t>(gguf_get_val_u32(gguf_.get(), *id)) : std::nullopt;
}

std::optional<uint64_t> GgufFile::u64(std::string_view key) const {
    const auto id = find(key, GGUF_TYPE_UINT64);
    return id ? std::optional<uint64_t>(gguf_get_val_u64(gguf_.get(), *id)) : std::nullopt;
}

std::optional<float> GgufFile::f32(std::string_view key) const {
    const auto id = find(key, GGUF_TYPE_FLOAT32);
    return id ? std::optional<float>(gguf_get_val_f32(gguf_.get(), *id)) : std::nullopt;
}

} // namespace rwkv_ms
