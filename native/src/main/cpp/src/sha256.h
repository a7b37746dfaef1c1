// SHA-256 by OpenSSL's EVP interface (hardware accelerated where the processor can).
#pragma once

#include <string>

namespace rwkv_ms {

// Lower-case hexadecimal digest of a whole file, read in blocks. RWKV_MS_E_IO where it cannot be read.
std::string sha256_of_file(const std::string &path);

} // namespace rwkv_ms
