// A regular file mapped read-only: its bytes cost no memory of this process until they are read, and are not copied.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rwkv_ms {

// Largest sidecar that is opened. In float32 its weights take up to twice that again, so a larger one, even a
// sparse one, could exhaust the machine's memory. Real sidecars have some megabytes.
constexpr uint64_t kMaxFileBytes = uint64_t{4} << 30;

class MappedFile {
public:
    // RWKV_MS_E_FILE_UNREADABLE, or RWKV_MS_E_UNSUPPORTED above the limit.
    explicit MappedFile(const std::string &path, uint64_t limit = kMaxFileBytes);
    ~MappedFile();
    MappedFile(const MappedFile &) = delete;
    MappedFile &operator=(const MappedFile &) = delete;

    std::string_view bytes() const { return {static_cast<const char *>(address_), size_}; }

private:
    void *address_ = nullptr; // nullptr for an empty file, which cannot be mapped
    size_t size_ = 0;
};

} // namespace rwkv_ms
