// Checks that the file says it is a sidecar, of a format version that exists, and names its base.
#include "config.h"

namespace rwkv_ms {

namespace {

constexpr uint32_t kAlignment = 32;
constexpr size_t kSha256Digits = 64;

void check_text(const GgufFile &file, std::string_view key, std::string_view expected, rwkv_ms_status status) {
    const auto found = file.text(key);
    require(!found || *found == expected, status, file.path(), ": key ", key, ": expected ", quoted(expected),
            ", found ", quoted(found.value_or("")));
}

void check_hash(const GgufFile &file, const char *name, std::string_view hash, rwkv_ms_status status) {
    require(hash.size() == kSha256Digits && hash.find_first_not_of("0123456789abcdef") == std::string_view::npos,
            status, key_place(file, name), ": expected ", kSha256Digits, " lower-case hexadecimal digits, found ",
            quoted(hash));
}

std::string base_sha256(const GgufFile &file) {
    const std::string_view hash = file.text("delta_mem.base_gguf_sha256").value_or("");
    require(!hash.empty(), RWKV_MS_E_BASE_SHA256_MISSING, key_place(file, "base_gguf_sha256"), ": expected ",
            kSha256Digits, " lower-case hexadecimal digits, found none");
    check_hash(file, "base_gguf_sha256", hash, RWKV_MS_E_BASE_SHA256_FORM);
    return std::string(hash);
}

} // namespace

std::string check_identity(const GgufFile &file) {
    check_text(file, "general.architecture", "rwkv_ms_memory", RWKV_MS_E_ARCHITECTURE);
    const uint32_t alignment = *file.u32("general.alignment");
    require(alignment == kAlignment, RWKV_MS_E_ALIGNMENT, file.path(), ": key general.alignment: expected ", kAlignment,
            ", found ", alignment);
    check_text(file, "delta_mem.tensor_name_format", "compact_with_source_name_manifest", RWKV_MS_E_NAME_FORMAT);
    check_text(file, "delta_mem.rwkv_ms_state_dtype", "f32", RWKV_MS_E_STATE_DTYPE);
    const uint32_t version = *file.u32("delta_mem.format_version");
    require(version == 1 || version == 2, RWKV_MS_E_FORMAT_VERSION, key_place(file, "format_version"),
            ": expected 1 or 2, found ", version);
    check_text(file, "delta_mem.schema", "delta_mem_rwkv_ms_memory_gguf_sidecar.v" + std::to_string(version),
               RWKV_MS_E_SCHEMA);
    if (const auto projector = file.text("delta_mem.mmproj_gguf_sha256"))
        check_hash(file, "mmproj_gguf_sha256", *projector, RWKV_MS_E_MMPROJ_SHA256);
    return base_sha256(file);
}

} // namespace rwkv_ms
