#include "ggml_opinion.h"

#include <algorithm>
#include <memory>

#include "error.h"
#include "ggml.h"
#include "gguf.h"

// b9842 and older lack it.
extern "C" __attribute__((weak)) const int64_t *gguf_get_tensor_ne(const gguf_context *, int64_t);

namespace rwkv_ms {

namespace {

static_assert(gguf::kTypes == GGUF_TYPE_COUNT && gguf::kUint8 == GGUF_TYPE_UINT8 && gguf::kInt8 == GGUF_TYPE_INT8 &&
              gguf::kUint16 == GGUF_TYPE_UINT16 && gguf::kInt16 == GGUF_TYPE_INT16 &&
              gguf::kUint32 == GGUF_TYPE_UINT32 && gguf::kInt32 == GGUF_TYPE_INT32 &&
              gguf::kFloat32 == GGUF_TYPE_FLOAT32 && gguf::kBool == GGUF_TYPE_BOOL &&
              gguf::kString == GGUF_TYPE_STRING && gguf::kArray == GGUF_TYPE_ARRAY &&
              gguf::kUint64 == GGUF_TYPE_UINT64 && gguf::kInt64 == GGUF_TYPE_INT64 &&
              gguf::kFloat64 == GGUF_TYPE_FLOAT64 && gguf::kDefaultAlignment == GGUF_DEFAULT_ALIGNMENT);
static_assert(tensor_type::kF32 == GGML_TYPE_F32 && tensor_type::kF16 == GGML_TYPE_F16 &&
              tensor_type::kBf16 == GGML_TYPE_BF16);

struct Free {
    void operator()(gguf_context *context) const { gguf_free(context); }
};

bool same_key(const gguf_context *gguf, int64_t id, const GgufEntry &entry) {
    return entry.key == gguf_get_key(gguf, id) && static_cast<gguf_type>(entry.type) == gguf_get_kv_type(gguf, id);
}

// Whether ggml has read the same dimensions; with an older ggml, whether it computes the same size from them.
bool same_dimensions(const gguf_context *gguf, int64_t id, const GgufFile::Tensor &tensor) {
    if (gguf_get_tensor_ne == nullptr) return gguf_get_tensor_size(gguf, id) == tensor.bytes.size();
    return std::equal(std::begin(tensor.ne), std::end(tensor.ne), gguf_get_tensor_ne(gguf, id));
}

bool same_tensor(const gguf_context *gguf, int64_t id, const GgufFile::Tensor &tensor, uint64_t offset) {
    return tensor.name == gguf_get_tensor_name(gguf, id) &&
           static_cast<ggml_type>(tensor.type) == gguf_get_tensor_type(gguf, id) &&
           same_dimensions(gguf, id, tensor) && gguf_get_tensor_offset(gguf, id) == offset;
}

} // namespace

void check_opinion_of_ggml(const GgufFile &file) {
    const std::string_view bytes = file.bytes();
    const std::unique_ptr<gguf_context, Free> gguf(
        gguf_init_from_buffer(bytes.data(), bytes.size(), gguf_init_params{/*no_alloc =*/true, nullptr}));
    require(gguf != nullptr, RWKV_MS_E_GGUF, file.path(),
            ": ggml's GGUF reader refuses the file, its log names the reason");
    const GgufHeader &header = file.header();
    bool agrees = gguf_get_n_kv(gguf.get()) == static_cast<int64_t>(header.entries.size());
    for (size_t i = 0; agrees && i < header.entries.size(); ++i)
        agrees = same_key(gguf.get(), static_cast<int64_t>(i), header.entries[i]);
    require(agrees, RWKV_MS_E_GGUF, file.path(), ": ggml's GGUF reader finds other keys than the file holds");
    const auto &tensors = file.tensors();
    agrees = gguf_get_n_tensors(gguf.get()) == static_cast<int64_t>(tensors.size()) &&
             (tensors.empty() || gguf_get_data_offset(gguf.get()) == header.data_start);
    for (size_t i = 0; agrees && i < tensors.size(); ++i)
        agrees = same_tensor(gguf.get(), static_cast<int64_t>(i), tensors[i], header.tensors[i].offset);
    require(agrees, RWKV_MS_E_GGUF, file.path(), ": ggml's GGUF reader finds other tensors than the file holds");
}

} // namespace rwkv_ms
