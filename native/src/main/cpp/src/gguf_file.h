// A GGUF file: parsed by ggml's own reader, its bytes held in memory. ggml aborts the process when a value is asked for
// with the wrong type, and accepts tensor data that reaches beyond the end of the file: every access here checks first.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gguf.h"

namespace rwkv_ms {

class GgufFile {
public:
    // RWKV_MS_E_IO, RWKV_MS_E_GGUF, RWKV_MS_E_DUPLICATE_TENSOR or RWKV_MS_E_TRUNCATED_DATA.
    explicit GgufFile(const std::string &path);

    // The value of a key, nullopt where it is absent; RWKV_MS_E_KEY_TYPE where it has another type.
    std::optional<std::string> string(const std::string &key) const;
    std::optional<uint32_t> u32(const std::string &key) const;
    std::optional<uint64_t> u64(const std::string &key) const;
    std::optional<float> f32(const std::string &key) const;

    struct Tensor {
        std::string name;
        ggml_type type;
        int64_t ne[4];
        size_t bytes;
        const uint8_t *data; // valid as long as the file
        int64_t numel() const { return ne[0] * ne[1] * ne[2] * ne[3]; }
    };
    // In descriptor order; only tensors of type F32, F16 and BF16 have numel() in range and data set.
    const std::vector<Tensor> &tensors() const { return tensors_; }
    const std::string &path() const { return path_; }

private:
    struct Free {
        void operator()(gguf_context *context) const { gguf_free(context); }
    };
    std::optional<int64_t> find(const std::string &key, gguf_type type) const;
    void read_tensors();

    std::string path_;
    std::vector<uint8_t> bytes_;
    std::unique_ptr<gguf_context, Free> gguf_;
    std::vector<Tensor> tensors_;
};

} // namespace rwkv_ms
