#include "base.h"

#include <cstring>
#include <optional>

#include "error.h"
#include "gguf_format.h"
#include "gguf_header.h"
#include "mapped_file.h"
#include "sha256.h"

namespace rwkv_ms {

namespace {

constexpr uint64_t kAnySize = UINT64_MAX;

template <typename T> int64_t stored(std::string_view value) {
    T number;
    std::memcpy(&number, value.data(), sizeof number);
    return static_cast<int64_t>(number);
}

// A key's value if it is an integer.
std::optional<int64_t> integer(const GgufHeader &header, const std::string &key) {
    for (const GgufEntry &entry : header.entries) {
        if (entry.key != key) continue;
        switch (entry.type) {
        case gguf::kUint8: return stored<uint8_t>(entry.value);
        case gguf::kInt8: return stored<int8_t>(entry.value);
        case gguf::kUint16: return stored<uint16_t>(entry.value);
        case gguf::kInt16: return stored<int16_t>(entry.value);
        case gguf::kUint32: return stored<uint32_t>(entry.value);
        case gguf::kInt32: return stored<int32_t>(entry.value);
        case gguf::kUint64: return stored<uint64_t>(entry.value);
        case gguf::kInt64: return stored<int64_t>(entry.value);
        default: break;
        }
    }
    return std::nullopt;
}

std::string architecture(const GgufHeader &header) {
    for (const GgufEntry &entry : header.entries) {
        if (entry.key == "general.architecture" && entry.type == gguf::kString) return std::string(entry.value);
    }
    return {};
}

void check_layers(const GgufHeader &header, const std::string &base, const Config &config) {
    const std::string prefix = architecture(header);
    const auto blocks = integer(header, prefix + ".block_count");
    if (!blocks) return;
    const int64_t shared = integer(header, prefix + ".attention.shared_kv_layers").value_or(0);
    for (const int32_t layer : config.layers) {
        require(*blocks >= 0 && shared >= 0 && layer < *blocks - shared, RWKV_MS_E_BASE_LAYERS, base,
                ": expected target layers of its ", *blocks, " without the last ", shared,
                ", which share their keys and values, found layer ", layer);
    }
}

} // namespace

void check_base(const std::string &base, const Config &config, const std::string &sidecar) {
    const std::string found = sha256_of_file(base);
    require(found == config.base_sha256, RWKV_MS_E_BASE_SHA256_DIFFERS, base, ": SHA-256: expected ",
            config.base_sha256, " as the sidecar ", sidecar, " names it, found ", found);
    const MappedFile file(base, kAnySize);
    std::optional<GgufHeader> header;
    try {
        header = read_gguf_header(file.bytes(), base, Texts::any);
    } catch (const Error &) {
        return; // no GGUF file, or one of another kind: it has the SHA-256, and that is what binds
    }
    check_layers(*header, base, config);
}

} // namespace rwkv_ms
