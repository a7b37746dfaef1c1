#include "sha256.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"

namespace rwkv_ms {

namespace {

constexpr size_t kBlock = size_t{1} << 20; // large enough that the calls cost nothing beside the reading

struct CloseFile {
    void operator()(std::FILE *file) const { std::fclose(file); }
};

} // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
    require(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1, RWKV_MS_E_INTERNAL,
            "OpenSSL offers no SHA-256");
}

void Sha256::update(const void *bytes, size_t count) {
    require(EVP_DigestUpdate(context_.get(), bytes, count) == 1, RWKV_MS_E_INTERNAL, "OpenSSL's SHA-256 failed");
}

Hash Sha256::finish() {
    Hash hash;
    require(EVP_DigestFinal_ex(context_.get(), hash.data(), nullptr) == 1, RWKV_MS_E_INTERNAL,
            "OpenSSL's SHA-256 failed");
    return hash;
}

Hash sha256(const void *bytes, size_t count) {
    Sha256 digest;
    digest.update(bytes, count);
    return digest.finish();
}

std::string hex(const uint8_t *bytes, size_t count) {
    static const char digits[] = "0123456789abcdef";
    std::string text;
    for (size_t i = 0; i < count; ++i) {
        text += digits[bytes[i] >> 4];
        text += digits[bytes[i] & 15];
    }
    return text;
}

std::string sha256_of_file(const std::string &path) {
    // non-blocking, so that a pipe without a writer is refused and not waited for
    const int opened = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const std::unique_ptr<std::FILE, CloseFile> file(opened < 0 ? nullptr : ::fdopen(opened, "rb"));
    require(file != nullptr, RWKV_MS_E_BASE_UNREADABLE, path, ": cannot be opened for its SHA-256: ", std::strerror(errno));
    struct stat about {};
    const bool known = ::fstat(opened, &about) == 0;
    require(known && (S_ISREG(about.st_mode) || S_ISDIR(about.st_mode)), RWKV_MS_E_BASE_UNREADABLE, path,
            ": cannot be read for its SHA-256: ", known ? "not a regular file" : std::strerror(errno));
    Sha256 digest;
    std::vector<unsigned char> block(kBlock);
    for (size_t got = 0; (got = std::fread(block.data(), 1, block.size(), file.get())) > 0;)
        digest.update(block.data(), got);
    require(std::ferror(file.get()) == 0, RWKV_MS_E_BASE_UNREADABLE, path,
            ": cannot be read for its SHA-256: ", std::strerror(errno));
    return hex(digest.finish());
}

} // namespace rwkv_ms
