#include "sha256.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include <openssl/evp.h>

#include "error.h"

namespace rwkv_ms {

namespace {

constexpr size_t kBlock = size_t{1} << 20; // large enough that reading, not the calls, sets the pace

struct CloseFile {
    void operator()(std::FILE *file) const { std::fclose(file); }
};
struct FreeDigest {
    void operator()(EVP_MD_CTX *context) const { EVP_MD_CTX_free(context); }
};

} // namespace

std::string sha256_of_file(const std::string &path) {
    const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rb"));
    require(file != nullptr, RWKV_MS_E_IO, path, ": cannot be opened for its SHA-256: ", std::strerror(errno));
    const std::unique_ptr<EVP_MD_CTX, FreeDigest> digest(EVP_MD_CTX_new());
    require(digest && EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr) == 1, RWKV_MS_E_INTERNAL,
            "OpenSSL offers no SHA-256");
    std::vector<unsigned char> block(kBlock);
    for (size_t got = 0; (got = std::fread(block.data(), 1, block.size(), file.get())) > 0;) {
        require(EVP_DigestUpdate(digest.get(), block.data(), got) == 1, RWKV_MS_E_INTERNAL, "OpenSSL's SHA-256 failed");
    }
    require(std::ferror(file.get()) == 0, RWKV_MS_E_IO, path,
            ": cannot be read for its SHA-256: ", std::strerror(errno));
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    require(EVP_DigestFinal_ex(digest.get(), hash, &length) == 1, RWKV_MS_E_INTERNAL, "OpenSSL's SHA-256 failed");
    static const char digits[] = "0123456789abcdef";
    std::string text;
    for (unsigned int i = 0; i < length; ++i) {
        text += digits[hash[i] >> 4];
        text += digits[hash[i] & 15];
    }
    return text;
}

} // namespace rwkv_ms
