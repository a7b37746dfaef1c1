// A GGUF file: mapped, checked by gguf_header.h, then parsed by ggml's own reader from the same bytes. ggml aborts the
// process when a value is asked for with the wrong type: every access here checks first.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gguf.h"
#include "gguf_header.h"
#include "mapped_file.h"

namespace rwkv_ms {

class GgufFile {
public:
    explicit GgufFile(const std::string &path);

    // The value of a key, nullopt if it is absent; RWKV_MS_E_KEY_TYPE if it has another type. Texts are valid as
    // long as the file, and whole: ggml's functions would end them at a NUL.
    std::optional<std::string_view> text(std::string_view key) const;
    std::optional<uint32_t> u32(std::string_view key) const;
    std::optional<uint64_t> u64(std::string_view key) const;
    std::optional<float> f32(std::string_view key) const;
    // Whether the key is there; RWKV_MS_E_KEY_TYPE as above.
    bool has(std::string_view key, gguf_type type) const { return find(key, type).has_value(); }

    struct Tensor {
        std::string name;
        ggml_type type; // F32, F16 or BF16
        uint32_t n_dims;
        int64_t ne[4];
        std::string_view bytes; // valid as long as the file
        int64_t numel() const { return ne[0] * ne[1] * ne[2] * ne[3]; }
    };
    // In descriptor order.
    const std::vector<Tensor> &tensors() const { return tensors_; }
    const std::string &path() const { return path_; }

private:
    struct Free {
        void operator()(gguf_context *context) const { gguf_free(context); }
    };
    std::optional<int64_t> find(std::string_view key, gguf_type type) const;
    void index_entries();
    void read_tensors();

    std::string path_;
    MappedFile file_;
    GgufHeader header_;
    std::unique_ptr<gguf_context, Free> gguf_;
    std::unordered_map<std::string_view, int64_t> ids_; // of the keys, in header_ and for ggml
    std::vector<Tensor> tensors_;
};

} // namespace rwkv_ms
