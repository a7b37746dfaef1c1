#include "whole_file.h"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "interrupts.h"

namespace rwkv_ms {

namespace {

constexpr size_t kMaxPerCall = size_t{1} << 30; // Linux takes no more than 2 GiB at once

// An open file. Errors name the path.
class File {
public:
    File(const std::string &path, int flags, const char *purpose) : path_(path) {
        file_ = uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0666); });
        check(file_ >= 0, purpose);
    }
    ~File() {
        if (file_ >= 0) ::close(file_);
    }
    File(const File &) = delete;
    File &operator=(const File &) = delete;

    size_t size() const {
        struct stat status;
        check(::fstat(file_, &status) == 0, "be read");
        require(S_ISREG(status.st_mode), RWKV_MS_E_IO, path_, ": cannot be read: not a regular file");
        return static_cast<size_t>(status.st_size);
    }
    // At most count bytes; 0 at the end.
    size_t read(uint8_t *out, size_t count) const {
        const ssize_t got = uninterrupted([&] { return ::read(file_, out, count < kMaxPerCall ? count : kMaxPerCall); });
        check(got >= 0, "be read");
        return static_cast<size_t>(got);
    }
    void write(const uint8_t *bytes, size_t count) const {
        while (count > 0) {
            const ssize_t put = uninterrupted([&] { return ::write(file_, bytes, count < kMaxPerCall ? count : kMaxPerCall); });
            check(put > 0, "be written");
            bytes += put;
            count -= static_cast<size_t>(put);
        }
    }
    void sync() const { check(synced(), "be written"); }
    // Of a folder. Some file systems bring none to the disk and say so; the file has been replaced all the same.
    void sync_names() const { check(synced() || errno == EINVAL, "be written"); }
    // After sync.
    void close() {
        const int closed = ::close(file_);
        file_ = -1;
        check(closed == 0 || errno == EINTR, "be written"); // closed also where a signal interrupts it
    }

private:
    bool synced() const { return uninterrupted([&] { return ::fsync(file_); }) == 0; }
    void check(bool holds, const char *purpose) const {
        require(holds, RWKV_MS_E_IO, path_, ": cannot ", purpose, ": ", std::strerror(errno));
    }

    const std::string path_;
    int file_ = -1;
};

std::string folder_of_file(const std::string &path) {
    const size_t slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

// That no file has: a process of the same number, such as 1 in a container, may have left one when it was killed.
std::string temporary_name(const std::string &path) {
    static std::atomic<unsigned> count{0};
    std::string name;
    do {
        name = path + "." + std::to_string(::getpid()) + "-" + std::to_string(count++) + ".tmp";
    } while (::access(name.c_str(), F_OK) == 0);
    return name;
}

// Deletes a file unless it has been renamed.
struct Temporary {
    explicit Temporary(const std::string &path) : path(path) {}
    ~Temporary() {
        if (!renamed) ::unlink(path.c_str());
    }
    Temporary(const Temporary &) = delete;
    Temporary &operator=(const Temporary &) = delete;
    const std::string path;
    bool renamed = false;
};

} // namespace

std::vector<uint8_t> read_file(const std::string &path) {
    // non-blocking, so that a pipe without a writer is refused and not waited for
    const File file(path, O_RDONLY | O_NONBLOCK, "be opened");
    std::vector<uint8_t> bytes(file.size());
    size_t have = 0;
    while (have < bytes.size()) {
        const size_t got = file.read(bytes.data() + have, bytes.size() - have);
        require(got > 0, RWKV_MS_E_IO, path, ": cannot be read: expected ", bytes.size(), " bytes, found ", have);
        have += got;
    }
    return bytes;
}

void replace_file(const std::string &path, const std::vector<uint8_t> &bytes) {
    const std::string name = temporary_name(path);
    File file(name, O_WRONLY | O_CREAT | O_EXCL, "be created");
    Temporary temporary(name);
    const File folder(folder_of_file(path), O_RDONLY | O_DIRECTORY, "be opened"); // before anything is replaced
    file.write(bytes.data(), bytes.size());
    file.sync();
    file.close();
    const bool renamed = std::rename(name.c_str(), path.c_str()) == 0;
    require(renamed, RWKV_MS_E_IO, path, ": cannot be replaced: ", std::strerror(errno));
    temporary.renamed = true;
    folder.sync_names();
}

} // namespace rwkv_ms
