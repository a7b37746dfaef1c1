#include "sha256.h"

#include <cerrno>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "interrupts.h"

namespace rwkv_ms {

namespace {

constexpr size_t kBlock = size_t{1} << 20; // large enough that the calls cost nothing beside the reading

struct Descriptor {
    ~Descriptor() {
        if (number >= 0) ::close(number);
    }
    int number;
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
    const Descriptor file{uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); })};
    require(file.number >= 0, RWKV_MS_E_BASE_UNREADABLE, path, ": cannot be opened for its SHA-256: ", std::strerror(errno));
    struct stat about {};
    const bool known = ::fstat(file.number, &about) == 0;
    require(known && (S_ISREG(about.st_mode) || S_ISDIR(about.st_mode)), RWKV_MS_E_BASE_UNREADABLE, path,
            ": cannot be read for its SHA-256: ", known ? "not a regular file" : std::strerror(errno));
    Sha256 digest;
    std::vector<unsigned char> block(kBlock);
    for (;;) {
        const ssize_t got = uninterrupted([&] { return ::read(file.number, block.data(), block.size()); });
        require(got >= 0, RWKV_MS_E_BASE_UNREADABLE, path, ": cannot be read for its SHA-256: ", std::strerror(errno));
        if (got == 0) break;
        digest.update(block.data(), static_cast<size_t>(got));
    }
    return hex(digest.finish());
}

} // namespace rwkv_ms
