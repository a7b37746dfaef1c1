// A GGUF file: mapped, checked by gguf_header.h, its values behind their types.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gguf_format.h"
#include "gguf_header.h"
#include "mapped_file.h"

namespace rwkv_ms {

class GgufFile {
public:
    explicit GgufFile(const std::string &path);

    // The value of a key, nullopt if it is absent; RWKV_MS_E_KEY_TYPE if it has another type. Texts are valid as
    // long as the file, and whole, whatever NUL they hold.
    std::optional<std::string_view> text(std::string_view key) const;
    std::optional<uint32_t> u32(std::string_view key) const;
    std::optional<uint64_t> u64(std::string_view key) const;
    std::optional<float> f32(std::string_view key) const;
    // Whether the key is there; RWKV_MS_E_KEY_TYPE as above.
    bool has(std::string_view key, uint32_t type) const { return find(key, type) != nullptr; }

    struct Tensor {
        std::string name;
        uint32_t type; // F32, F16 or BF16
        uint32_t n_dims;
        int64_t ne[4];
        std::string_view bytes; // valid as long as the file
        int64_t numel() const { return ne[0] * ne[1] * ne[2] * ne[3]; }
    };
    // In descriptor order.
    const std::vector<Tensor> &tensors() const { return tensors_; }
    const std::string &path() const { return path_; }

    // As it is stored.
    const GgufHeader &header() const { return header_; }
    std::string_view bytes() const { return file_.bytes(); }

private:
    // The entry of that key and type; nullptr if the key is absent.
    const GgufEntry *find(std::string_view key, uint32_t type) const;
    template <typename T> std::optional<T> number(std::string_view key, uint32_t type) const;
    void read_tensors();

    std::string path_;
    MappedFile file_;
    GgufHeader header_;
    std::unordered_map<std::string_view, size_t> places_; // of the keys in header_
    std::vector<Tensor> tensors_;
};

} // namespace rwkv_ms
