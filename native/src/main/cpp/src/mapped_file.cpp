#include "mapped_file.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "interrupts.h"

namespace rwkv_ms {

MappedFile::MappedFile(const std::string &path, uint64_t limit) {
    // non-blocking, so that a pipe without a writer is refused and not waited for
    const int file = uninterrupted([&] { return open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); });
    require(file >= 0, RWKV_MS_E_FILE_UNREADABLE, path, ": cannot be opened: ", std::strerror(errno));
    struct Close {
        int file;
        ~Close() { close(file); } // the map stays
    } const closed{file};
    struct stat about {};
    require(fstat(file, &about) == 0, RWKV_MS_E_FILE_UNREADABLE, path, ": cannot be read: ", std::strerror(errno));
    require(S_ISREG(about.st_mode), RWKV_MS_E_FILE_UNREADABLE, path,
            ": cannot be read: ", S_ISDIR(about.st_mode) ? std::strerror(EISDIR) : "not a regular file");
    const auto size = static_cast<uint64_t>(about.st_size);
    require(size <= limit, RWKV_MS_E_UNSUPPORTED, path, ": file size: expected at most ", limit,
            " bytes, found ", size);
    if (size == 0) return;
    void *address = mmap(nullptr, static_cast<size_t>(size), PROT_READ, MAP_PRIVATE, file, 0);
    require(address != MAP_FAILED, RWKV_MS_E_FILE_UNREADABLE, path, ": cannot be mapped: ", std::strerror(errno));
    address_ = address;
    size_ = static_cast<size_t>(size);
}

MappedFile::~MappedFile() {
    if (address_ != nullptr) munmap(address_, size_);
}

} // namespace rwkv_ms
