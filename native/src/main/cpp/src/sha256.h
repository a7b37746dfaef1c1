// SHA-256 by OpenSSL's EVP interface (hardware accelerated if the processor can).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <openssl/evp.h>

namespace rwkv_ms {

using Hash = std::array<uint8_t, 32>;

// The digest of bytes given piece by piece.
class Sha256 {
public:
    Sha256();
    void update(const void *bytes, size_t count);
    Hash finish(); // once, last

private:
    struct Free {
        void operator()(EVP_MD_CTX *context) const { EVP_MD_CTX_free(context); }
    };
    std::unique_ptr<EVP_MD_CTX, Free> context_;
};

Hash sha256(const void *bytes, size_t count);

// Lower-case hexadecimal digits.
std::string hex(const uint8_t *bytes, size_t count);
inline std::string hex(const Hash &hash) { return hex(hash.data(), hash.size()); }

// Hexadecimal digest of a whole file, read in blocks. RWKV_MS_E_BASE_UNREADABLE if it cannot be read.
std::string sha256_of_file(const std::string &path);

} // namespace rwkv_ms
