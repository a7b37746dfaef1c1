// Files read and replaced as a whole.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rwkv_ms {

// A regular file's bytes. RWKV_MS_E_IO.
std::vector<uint8_t> read_file(const std::string &path);

// A reader of path finds the whole old file or the whole new one, even after a crash: a temporary file in the same
// folder, fsync, rename, fsync of the folder. RWKV_MS_E_IO; the old file is then untouched and no temporary one is left.
void replace_file(const std::string &path, const std::vector<uint8_t> &bytes);

} // namespace rwkv_ms
