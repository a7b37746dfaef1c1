// Sessions and payloads: a call that fails changes nothing, what is kept comes back whole, what was decoded last counts, and a
// file is replaced by what is on the disk. The calls to the file system go through this program, which traces them and lets them
// fail.
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>
#include <thread>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake_llama.h"

using namespace test;

namespace {

// The file system as the library sees it while a test watches.
struct FileSystem {
    bool watched = false;
    std::string trace;             // the calls in their order
    std::map<std::string, int> fails; // an errno for a call, once
    std::string folder;            // where files are expected to be made
    size_t room = SIZE_MAX;        // bytes that the disk still takes
    size_t at_most = SIZE_MAX;     // bytes of one call
    int ends = INT32_MAX;          // reads before the end of the file, where others have cut it
    int interrupts = 0;            // of the next reads and writes
    int interrupted_opens = 0;     // of the next files that are opened,
    int opens_before = 0;          // after so many that are not interrupted
    std::string root;              // what stands for the root folder
    std::string opened_folder;     // the last
} files;

struct Watch {
    Watch() {
        files = {};
        files.watched = true;
    }
    ~Watch() { files.watched = false; }
};

template <typename Function> Function *real(const char *name) {
    return reinterpret_cast<Function *>(dlsym(RTLD_NEXT, name));
}

std::string standing_for(const char *path) { return (path[0] == '/' ? files.root : "") + path; }

// Whether a call is to fail.
bool fails(const std::string &call) {
    if (!files.watched) return false;
    files.trace += (files.trace.empty() ? "" : " ") + call;
    const auto found = files.fails.find(call);
    if (found == files.fails.end()) return false;
    errno = found->second;
    files.fails.erase(found);
    return true;
}

std::string kind(int file) {
    struct stat about {};
    return ::fstat(file, &about) == 0 && S_ISDIR(about.st_mode) ? " folder" : "";
}

bool interrupted() {
    if (!files.watched || files.interrupts == 0) return false;
    --files.interrupts;
    errno = EINTR;
    return true;
}

} // namespace

extern "C" {
int open(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? static_cast<mode_t>(va_arg(arguments, int)) : 0;
    va_end(arguments);
    if (files.watched && files.opens_before-- <= 0 && files.interrupted_opens > 0) {
        --files.interrupted_opens;
        errno = EINTR;
        return -1;
    }
    const std::string call = std::string("open") + ((flags & O_DIRECTORY) != 0 ? " folder" : "") +
                             (std::string(path).rfind(files.folder, 0) == 0 ? "" : " elsewhere") +
                             ((flags & O_CLOEXEC) != 0 ? "" : ", inherited") +
                             ((flags & (O_ACCMODE | O_DIRECTORY | O_NONBLOCK)) != O_RDONLY ? "" : ", waits for a writer");
    if (files.watched && (flags & O_DIRECTORY) != 0) files.opened_folder = path;
    return fails(call) ? -1 : real<int(const char *, int, ...)>("open")(standing_for(path).c_str(), flags, mode);
}
int open64(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? static_cast<mode_t>(va_arg(arguments, int)) : 0;
    va_end(arguments);
    return open(path, flags, mode);
}
ssize_t write(int file, const void *bytes, size_t count) {
    static const auto next = real<ssize_t(int, const void *, size_t)>("write");
    if (!files.watched) return next(file, bytes, count);
    if (interrupted()) return -1;
    if (fails("write")) return -1;
    if (files.room == 0) {
        errno = ENOSPC;
        return -1;
    }
    const ssize_t put = next(file, bytes, std::min({count, files.room, files.at_most}));
    if (files.room != SIZE_MAX) files.room -= static_cast<size_t>(put);
    return put;
}
ssize_t read(int file, void *bytes, size_t count) {
    static const auto next = real<ssize_t(int, void *, size_t)>("read");
    if (!files.watched) return next(file, bytes, count);
    if (interrupted()) return -1;
    if (fails("read")) return -1;
    if (files.ends < -2) errno = EIO; // for who reads on and on
    if (files.ends-- <= 0) return files.ends < -3 ? -1 : 0;
    return next(file, bytes, std::min(count, files.at_most));
}
int fsync(int file) {
    return fails("fsync" + kind(file)) ? -1 : real<int(int)>("fsync")(file);
}
int close(int file) {
    const bool failed = fails("close" + kind(file));
    const int error = errno;
    const int closed = real<int(int)>("close")(file);
    errno = failed ? error : errno;
    return failed ? -1 : closed;
}
int rename(const char *from, const char *to) {
    if (fails("rename")) return -1;
    return real<int(const char *, const char *)>("rename")(standing_for(from).c_str(), standing_for(to).c_str());
}
int unlink(const char *path) {
    return fails("unlink") ? -1 : real<int(const char *)>("unlink")(standing_for(path).c_str());
}
}

namespace {

std::string contents(const std::string &path) {
    std::ifstream in(path, std::ios::binary);
    std::stringstream out;
    out << in.rdbuf();
    return out.str();
}

// A folder of this test, with the file that sessions are saved to.
struct Folder {
    Folder() : name("sessions-" + temporary_file()), file(name + "/session") {
        ::mkdir(name.c_str(), 0777);
    }
    ~Folder() {
        std::remove(file.c_str());
        ::rmdir(name.c_str());
    }
    // Nothing beside the session is left.
    bool is_tidy() {
        std::remove(file.c_str());
        const bool empty = ::rmdir(name.c_str()) == 0;
        ::mkdir(name.c_str(), 0777);
        return empty;
    }
    const std::string name, file;
};

std::string save(Live &live, const std::string &path) {
    return status_text(rwkv_ms_session_save_file(live.hook.get(), path.c_str(), nullptr, 0));
}
std::string load(Live &live, const std::string &path) {
    return status_text(rwkv_ms_session_load_file(live.hook.get(), path.c_str(), nullptr, 0, nullptr));
}

std::string text_of(const Bytes &bytes) { return {bytes.begin(), bytes.end()}; }

Bytes save_session(Live &live, const std::vector<int32_t> &tokens) {
    size_t size = 0;
    expect_ok(rwkv_ms_session_size(live.hook.get(), tokens.size(), &size), live.error());
    Bytes out(size);
    expect_ok(rwkv_ms_session_save(live.hook.get(), tokens.data(), tokens.size(), out.data(), size, nullptr), live.error());
    return out;
}

// The calls of a save whose bytes are on the disk before they replace anything, and whose replacement is before it ends.
const char *const kSoundSave = "open open folder write fsync close rename fsync folder close folder";

} // namespace

TEST(a_refused_load_changes_nothing) {
    Live live, other;
    live.attached();
    other.attached();
    live.decode(3);
    other.decode(2);
    const Bytes session = save_session(other, {5, 6, 7}), before = live.save_session();
    const Bytes payload = live.save();
    int32_t tokens[] = {-7, -7, -7};
    size_t n_tokens = 0;
    CHECK_EQUAL(status_text(rwkv_ms_session_load(live.hook.get(), session.data(), session.size(), tokens, 2, &n_tokens)),
                "RWKV_MS_E_SHORT_BUFFER");
    CHECK_EQUAL(live.error(), "tokens: expected room for at least 3 elements, found 2");
    CHECK_EQUAL(n_tokens, size_t{3});
    CHECK(live.save() == payload);
    CHECK(live.save_session() == before);
    CHECK_EQUAL(live.llama.memory.positions, 3);
    CHECK_EQUAL(status_text(rwkv_ms_session_load(live.hook.get(), session.data(), session.size(), nullptr, 0, &n_tokens)),
                "RWKV_MS_E_SHORT_BUFFER"); // asks for the number alone
    CHECK(live.save_session() == before);
    live.llama.refusals = 1;
    CHECK_EQUAL(status_text(rwkv_ms_session_load(live.hook.get(), session.data(), session.size(), tokens, 3, &n_tokens)),
                "RWKV_MS_E_HOST_STATE");
    CHECK(tokens[0] == -7 && tokens[1] == -7 && tokens[2] == -7);
    CHECK(live.save_session() == before);
    CHECK_EQUAL(live.decode(1), 0);
    CHECK_EQUAL(live.check(), "RWKV_MS_OK");
    CHECK_EQUAL(status_text(rwkv_ms_session_load(live.hook.get(), session.data(), session.size(), tokens, 3, &n_tokens)),
                "RWKV_MS_OK");
    CHECK(tokens[0] == 5 && tokens[1] == 6 && tokens[2] == 7);
}

TEST(a_failed_save_writes_nothing) {
    Live live;
    live.attached();
    live.decode(3);
    size_t size = 0, written = 77;
    expect_ok(rwkv_ms_session_size(live.hook.get(), 0, &size), live.error());
    const Bytes untouched(size, 0x5a);
    Bytes out = untouched;
    const auto save = [&](size_t room) {
        return status_text(rwkv_ms_session_save(live.hook.get(), nullptr, 0, out.data(), room, &written));
    };
    live.llama.stops_halfway = true;
    CHECK_EQUAL(save(size), "RWKV_MS_E_HOST_STATE");
    CHECK(out == untouched && written == 77);
    live.llama.stops_halfway = false;
    for (const size_t room : {size - 1, size / 2, size_t{1}, size_t{0}}) {
        CHECK_EQUAL(save(room), "RWKV_MS_E_SHORT_BUFFER");
        CHECK(out == untouched && written == 77);
    }
    CHECK_EQUAL(save(size), "RWKV_MS_OK");
    CHECK(out == live.save_session() && written == size);
}

// A forward may leave what no payload may hold.
TEST(a_payload_that_is_refused_writes_nothing) {
    const Settings s = hook_settings();
    const SidecarHandle sidecar = open(Sidecar(s));
    const ContextHandle handle = context(sidecar.get());
    for (const int32_t bad : s.layers) {
        for (const int32_t layer : s.layers) {
            std::vector<float> hidden = random_values(s.hidden, 1);
            if (layer == bad) hidden[3] = std::numeric_limits<float>::quiet_NaN();
            Layer(handle.get(), s, layer).forward(hidden);
        }
        size_t size = 0, written = 77;
        expect_ok(rwkv_ms_state_size(handle.get(), &size), "size");
        Bytes out(size, 0x5a);
        CHECK_EQUAL(status_text(rwkv_ms_state_save(handle.get(), out.data(), size, &written)), "RWKV_MS_E_STATE_VALUE");
        CHECK(out == Bytes(size, 0x5a) && written == 77);
        expect_ok(rwkv_ms_context_reset(handle.get()), "reset");
    }
}

TEST(token_ids_come_back_as_they_were) {
    Live live;
    live.attached();
    live.decode(1);
    const std::vector<int32_t> ids = {0,      1,      255,    256,       32767,     32768,      65535,     65536,
                                      131072, 262143, 262144, 1000000, 16777217, 2147483647, -1, -2147483647 - 1};
    const Bytes session = save_session(live, ids);
    std::vector<int32_t> found(ids.size() + 1, -7);
    size_t count = 0;
    expect_ok(rwkv_ms_session_load(live.hook.get(), session.data(), session.size(), found.data(), found.size(), &count),
              live.error());
    CHECK_EQUAL(count, ids.size());
    CHECK_EQUAL(found.back(), -7);
    found.pop_back();
    CHECK(found == ids);
}

TEST(positions_of_64_bits_come_back) {
    const Settings s;
    OwnLayer layer(s);
    for (const int64_t position : {int64_t{1} << 24, (int64_t{1} << 31) - 1, int64_t{1} << 31, (int64_t{1} << 32) + 5,
                                   int64_t{1} << 53, std::numeric_limits<int64_t>::max()}) {
        State state = layer.state();
        state.position = position;
        layer.set(state);
        size_t size = 0;
        expect_ok(rwkv_ms_state_size(layer.handle.get(), &size), "size");
        Bytes out(size);
        expect_ok(rwkv_ms_state_save(layer.handle.get(), out.data(), size, nullptr), "save");
        expect_ok(rwkv_ms_context_reset(layer.handle.get()), "reset");
        expect_ok(rwkv_ms_state_load(layer.handle.get(), out.data(), size), "load");
        CHECK_EQUAL(layer.state().position, position);
    }
}

// Whatever reads the state right after a decode has its last microbatch, without a check in between.
TEST(the_last_microbatch_counts) {
    const auto look = [](const auto &read) {
        Live checked, unchecked;
        for (Live *live : {&checked, &unchecked}) {
            live->attached();
            CHECK_EQUAL(live->decode(3), 0);
            CHECK_EQUAL(live->decode(2), 0);
        }
        CHECK_EQUAL(checked.check(), "RWKV_MS_OK");
        const std::vector<float> expected = read(checked), found = read(unchecked);
        CHECK(found == expected);
    };
    const auto floats = [](const Bytes &bytes) { return std::vector<float>(bytes.begin(), bytes.end()); };
    look([](Live &live) {
        Layer layer(live.context.get(), live.s, 1);
        layer.forward(random_values(live.s.hidden, 1, 4), {}, RWKV_MS_FORWARD_READ_ONLY);
        return layer.q;
    });
    look([](Live &live) { return Layer(live.context.get(), live.s, 3).state().values; });
    look([&](Live &live) { return floats(live.save()); });
    look([&](Live &live) { return floats(live.save_session()); });
    look([&](Live &live) {
        const Folder folder;
        CHECK_EQUAL(save(live, folder.file), "RWKV_MS_OK");
        const std::string bytes = contents(folder.file);
        return floats(Bytes(bytes.begin(), bytes.end()));
    });
    look([](Live &live) { // what is set stays
        const std::vector<float> source = random_values(live.s.rank, 1, 9);
        expect_ok(rwkv_ms_state_set(live.context.get(), 1, nullptr, 0, source.data(), source.size(), nullptr), "set");
        CHECK(Layer(live.context.get(), live.s, 1).state().source == source);
        return source;
    });
}

TEST(a_session_is_on_the_disk_before_it_replaces_another) {
    Live live;
    live.attached();
    live.decode(3);
    const Folder folder;
    {
        const Watch watch;
        files.folder = folder.name;
        CHECK_EQUAL(save(live, folder.file), "RWKV_MS_OK");
    }
    CHECK_EQUAL(files.trace, kSoundSave);
    CHECK_EQUAL(contents(folder.file).size(), live.save_session().size());
    {
        const Watch watch;
        CHECK_EQUAL(load(live, folder.file), "RWKV_MS_OK");
    }
    CHECK_EQUAL(files.trace, "open read close");
}

// Whatever fails, the good session is there as it was, and nothing beside it.
TEST(a_save_that_fails_keeps_the_good_session) {
    Live live;
    live.attached();
    live.decode(3);
    Folder folder;
    const std::string good = text_of(live.save_session());
    const auto refused = [&](const std::string &reason, const std::function<void()> &prepare) {
        expect_ok(rwkv_ms_memory_clear(live.context.get()), "clear");
        CHECK_EQUAL(live.decode(3), 0);
        CHECK_EQUAL(save(live, folder.file), "RWKV_MS_OK");
        CHECK_EQUAL(live.decode(2), 0);
        {
            const Watch watch;
            prepare();
            CHECK_EQUAL(save(live, folder.file), "RWKV_MS_E_IO");
        }
        CHECK(live.error().find(reason) != std::string::npos);
        CHECK(contents(folder.file) == good);
        CHECK_EQUAL(load(live, folder.file), "RWKV_MS_OK");
        CHECK(folder.is_tidy());
    };
    for (const size_t room : {size_t{0}, size_t{1}, good.size() / 2, good.size() - 1})
        refused("cannot be written: No space left on device", [=] { files.room = room; });
    refused("cannot be written: Input/output error", [] { files.fails = {{"write", EIO}}; });
    refused("cannot be written: No space left on device", [] { files.fails = {{"fsync", ENOSPC}}; });
    refused("cannot be written: Input/output error", [] { files.fails = {{"fsync", EIO}}; });
    refused("cannot be written: Disk quota exceeded", [] { files.fails = {{"close", EDQUOT}}; });
    refused("cannot be replaced: Permission denied", [] { files.fails = {{"rename", EACCES}}; });
    refused("cannot be created: Read-only file system", [] { files.fails = {{"open", EROFS}}; });
    refused("cannot be opened: Permission denied", [] { files.fails = {{"open folder", EACCES}}; });
}

// A signal of the host's where the bytes are brought to the disk or the file is closed, and a file system that can bring no folder to
// the disk: the session is saved, and so the call says.
TEST(what_does_not_keep_a_session_from_being_saved) {
    Live live;
    live.attached();
    live.decode(3);
    const Folder folder;
    const std::string good = text_of(live.save_session());
    for (const auto &[call, error] : {std::pair{"fsync", EINTR}, {"close", EINTR}, {"fsync folder", EINTR}, {"fsync folder", EINVAL}}) {
        std::remove(folder.file.c_str());
        {
            const Watch watch;
            files.fails = {{call, error}};
            CHECK_EQUAL(call + (": " + save(live, folder.file)), call + std::string(": RWKV_MS_OK"));
            CHECK(files.fails.empty()); // it was called
        }
        CHECK(contents(folder.file) == good);
    }
}

TEST(a_payload_names_its_layers) {
    Settings s;
    s.layers = {1, 10, 300, 70000};
    const SidecarHandle sidecar = open(Sidecar(s));
    const ContextHandle handle = context(sidecar.get());
    for (const int32_t layer : s.layers) Layer(handle.get(), s, layer).forward(random_values(3 * s.hidden, 1));
    size_t size = 0;
    expect_ok(rwkv_ms_state_size(handle.get(), &size), "size");
    Bytes payload(size);
    expect_ok(rwkv_ms_state_save(handle.get(), payload.data(), size, nullptr), "save");
    const size_t body = 68, entry = 12 + 4 * (s.rank + s.states * s.rank * s.rank);
    for (size_t i = 0; i < s.layers.size(); ++i) {
        uint32_t layer = 0;
        std::memcpy(&layer, &payload[body + i * entry], sizeof layer);
        CHECK_EQUAL(layer, static_cast<uint32_t>(s.layers[i]));
    }
    const ContextHandle other = context(sidecar.get());
    expect_ok(rwkv_ms_state_load(other.get(), payload.data(), size), "load");
    for (const int32_t layer : s.layers) CHECK(Layer(other.get(), s, layer).state() == Layer(handle.get(), s, layer).state());
}

// A load replaces what was decoded and not yet looked at.
TEST(a_load_after_a_decode) {
    Live live;
    live.attached();
    live.decode(3);
    const Bytes session = live.save_session(), payload = live.save();
    CHECK_EQUAL(live.decode(2), 0);
    CHECK_EQUAL(live.load_session(session), "RWKV_MS_OK");
    CHECK(live.save() == payload);
    CHECK_EQUAL(live.counts(1).tokens, int64_t{5}); // that were computed, whatever state came then
    CHECK_EQUAL(live.decode(2), 0);
    CHECK_EQUAL(live.check(), "RWKV_MS_OK");
}

// A process of the same number, such as 1 in a container, was killed while it saved.
TEST(what_a_dead_process_left_is_not_in_the_way) {
    Live live;
    live.attached();
    live.decode(3);
    const Folder folder;
    std::vector<std::string> left;
    for (int i = 0; i < 400; ++i) {
        left.push_back(folder.file + "." + std::to_string(::getpid()) + "-" + std::to_string(i) + ".tmp");
        write_file(left.back(), "half");
    }
    CHECK_EQUAL(save(live, folder.file), "RWKV_MS_OK");
    CHECK(contents(folder.file) == text_of(live.save_session()));
    for (const std::string &path : left) {
        CHECK_EQUAL(contents(path), "half");
        std::remove(path.c_str());
    }
}

// A link that somebody laid where a temporary file would be is not followed.
TEST(a_link_in_the_way_of_a_temporary_file) {
    Live live;
    live.attached();
    live.decode(3);
    const Folder folder;
    const std::string elsewhere = folder.file + ".elsewhere";
    std::vector<std::string> links;
    for (int i = 0; i < 1000; ++i) {
        links.push_back(folder.file + "." + std::to_string(::getpid()) + "-" + std::to_string(i) + ".tmp");
        CHECK_EQUAL(::symlink("session.elsewhere", links.back().c_str()), 0);
    }
    CHECK_EQUAL(save(live, folder.file), "RWKV_MS_E_IO");
    CHECK(live.error().find(": cannot be created: File exists") != std::string::npos);
    CHECK(::access(elsewhere.c_str(), F_OK) != 0);
    for (const std::string &path : links) CHECK_EQUAL(std::remove(path.c_str()), 0); // not deleted either
}

// Another thread of the host may start a program meanwhile.
TEST(no_child_process_inherits_a_sidecar) {
    write_file(temporary_file(), Sidecar(Settings{}).bytes());
    rwkv_ms_sidecar *opened = nullptr;
    {
        const Watch watch;
        rwkv_ms_sidecar_open(runtime(), temporary_file().c_str(), nullptr, 0, &opened);
    }
    const SidecarHandle sidecar(opened);
    CHECK(sidecar != nullptr);
    CHECK_EQUAL(files.trace, "open close");
    std::remove(temporary_file().c_str());
}

TEST(a_path_without_a_folder) {
    Live live;
    live.attached();
    live.decode(3);
    const std::string path = "session-" + temporary_file();
    {
        const Watch watch;
        CHECK_EQUAL(save(live, path), "RWKV_MS_OK");
    }
    CHECK_EQUAL(files.trace, kSoundSave);
    CHECK_EQUAL(files.opened_folder, ".");
    CHECK(contents(path) == text_of(live.save_session()));
    std::remove(path.c_str());
}

// A container that keeps its session in the root folder.
TEST(a_path_in_the_root_folder) {
    Live live;
    live.attached();
    live.decode(3);
    const Folder folder;
    {
        const Watch watch;
        files.root = folder.name;
        CHECK_EQUAL(save(live, "/session"), "RWKV_MS_OK");
    }
    files.root = "";
    CHECK_EQUAL(files.trace, kSoundSave);
    CHECK(contents(folder.file) == text_of(live.save_session()));
}

// Who may read and write a session is what the process's mask of file modes says, as of any file that a program makes.
TEST(the_modes_of_a_session) {
    Live live;
    live.attached();
    live.decode(3);
    const Folder folder;
    const mode_t before = ::umask(0);
    for (const auto &[mask, mode] : {std::pair<mode_t, mode_t>{0, 0666}, {0022, 0644}, {0077, 0600}}) {
        ::umask(mask);
        CHECK_EQUAL(save(live, folder.file), "RWKV_MS_OK");
        struct stat about {};
        CHECK_EQUAL(::stat(folder.file.c_str(), &about), 0);
        CHECK_EQUAL(about.st_mode & 07777, mode);
    }
    ::umask(before);
}

// A host's signals interrupt the opening of a file too, and the reading of a base model.
TEST(opening_that_is_interrupted) {
    Live live;
    live.attached();
    live.decode(3);
    const Folder folder;
    const std::string good = text_of(live.save_session()), base = folder.name + "/base";
    write_file(base, std::string(3000000, 'b'));
    Settings s;
    s.base_sha256 = sha256(std::string(3000000, 'b'));
    write_file(temporary_file(), Sidecar(s).bytes());
    rwkv_ms_sidecar *opened = nullptr;
    {
        const Watch watch;
        files.interrupted_opens = 2;
        CHECK_EQUAL(save(live, folder.file), "RWKV_MS_OK");
        files.interrupted_opens = 2;
        CHECK_EQUAL(load(live, folder.file), "RWKV_MS_OK");
        files.interrupted_opens = 2; // of the sidecar
        CHECK_EQUAL(status_text(rwkv_ms_sidecar_open(runtime(), temporary_file().c_str(), nullptr, 0, &opened)), "RWKV_MS_OK");
        rwkv_ms_sidecar_close(opened);
        files.interrupts = 2; // of the base
        files.at_most = 7000;
        CHECK_EQUAL(status_text(rwkv_ms_sidecar_open(runtime(), temporary_file().c_str(), base.c_str(), 0, &opened)),
                    "RWKV_MS_OK");
        rwkv_ms_sidecar_close(opened);
    }
    CHECK(contents(folder.file) == good);
    const std::string sidecar = temporary_file();
    for (int before = 0; before < 3; ++before) { // the sidecar, the base to hash it, the base to read its header
        const Watch watch;
        files.interrupted_opens = 2;
        files.opens_before = before;
        CHECK_EQUAL(status_text(rwkv_ms_sidecar_open(runtime(), sidecar.c_str(), base.c_str(), 0, &opened)), "RWKV_MS_OK");
        rwkv_ms_sidecar_close(opened);
    }
    std::remove(sidecar.c_str());
    std::remove(base.c_str());
}

TEST(many_token_ids_come_back) {
    Live live;
    live.attached();
    live.decode(1);
    std::vector<int32_t> ids(70000), found(70001, -7);
    for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<int32_t>(i * 7);
    const Bytes session = save_session(live, ids);
    size_t count = 0;
    expect_ok(rwkv_ms_session_load(live.hook.get(), session.data(), session.size(), found.data(), found.size(), &count),
              live.error());
    CHECK_EQUAL(count, ids.size());
    CHECK_EQUAL(found.back(), -7);
    found.pop_back();
    CHECK(found == ids);
}

// 2^31 - 1, and not one more. What is refused is not read.
TEST(as_many_token_ids_as_there_can_be) {
    Live live;
    live.attached();
    constexpr size_t kMost = INT32_MAX;
    const int32_t id = 7;
    size_t none = 0, size = 0;
    uint8_t session[1] = {0x5a};
    expect_ok(rwkv_ms_session_size(live.hook.get(), 0, &none), live.error());
    expect_ok(rwkv_ms_session_size(live.hook.get(), kMost, &size), live.error());
    CHECK_EQUAL(size - none, kMost * sizeof id);
    CHECK_EQUAL(status_text(rwkv_ms_session_save(live.hook.get(), &id, kMost, session, sizeof session, nullptr)),
                "RWKV_MS_E_SHORT_BUFFER");
    const std::string path = "session-" + temporary_file();
    for (const int32_t status : {rwkv_ms_session_size(live.hook.get(), kMost + 1, &size),
                                 rwkv_ms_session_save(live.hook.get(), &id, kMost + 1, session, sizeof session, nullptr),
                                 rwkv_ms_session_save_file(live.hook.get(), path.c_str(), &id, kMost + 1)})
        CHECK_EQUAL(status_text(status), "RWKV_MS_E_ARGUMENT");
    CHECK_EQUAL(live.error(), "n_tokens: expected at most 2147483647, found 2147483648");
    CHECK_EQUAL(size - none, kMost * sizeof id);
    CHECK_EQUAL(int{session[0]}, 0x5a);
}

// Who does not want the token ids gets the state alone; and a buffer that is longer is left alone behind what is written.
TEST(what_a_host_does_not_want) {
    Live live;
    live.attached();
    live.decode(3);
    const Bytes payload = live.save(), session = save_session(live, {5, 6, 7});
    live.decode(2);
    CHECK_EQUAL(live.load_session(session), "RWKV_MS_OK");
    CHECK(live.save() == payload);
    Bytes longer(payload.size() + 100, 0x5a);
    size_t written = 0;
    expect_ok(rwkv_ms_state_save(live.context.get(), longer.data(), longer.size(), &written), "save");
    CHECK_EQUAL(written, payload.size());
    CHECK(std::equal(payload.begin(), payload.end(), longer.begin()));
    CHECK(Bytes(longer.begin() + static_cast<std::ptrdiff_t>(written), longer.end()) == Bytes(100, 0x5a));
}

// Two threads do so in any order: here one saves while llama.cpp gives the state of the other.
TEST(a_save_within_another) {
    Live live, other;
    live.attached();
    other.attached();
    live.decode(3);
    other.decode(3);
    other.decode(1);
    const Bytes expected = live.save_session(), of_other = other.save_session();
    const Folder folder;
    for (const bool file : {false, true}) {
        Bytes within;
        live.llama.gives = [&] { within = other.save_session(); };
        if (file)
            CHECK_EQUAL(save(live, folder.file), "RWKV_MS_OK");
        else
            CHECK(live.save_session() == expected);
        CHECK(within == of_other);
    }
    CHECK(contents(folder.file) == text_of(expected));
}

// Two hosts save to one path at once: each save succeeds, and the file is one of the two.
TEST(saves_of_two_threads) {
    Live lives[2];
    Bytes sessions[2];
    for (int i = 0; i < 2; ++i) {
        lives[i].attached();
        lives[i].decode(3 + i);
        sessions[i] = lives[i].save_session();
    }
    const Folder folder;
    std::atomic<int> wrong{0}, ready{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i) {
        threads.emplace_back([&, i] {
            ++ready;
            while (ready < 2) std::this_thread::yield();
            for (int round = 0; round < 50; ++round) wrong += save(lives[i], folder.file) != "RWKV_MS_OK";
        });
    }
    for (std::thread &thread : threads) thread.join();
    CHECK_EQUAL(wrong.load(), 0);
    const std::string found = contents(folder.file);
    CHECK(found == text_of(sessions[0]) || found == text_of(sessions[1]));
}

// A host's signals interrupt calls, and file systems take and give less than they are asked for.
TEST(calls_that_do_a_part) {
    Live live;
    live.attached();
    live.decode(3);
    const Folder folder;
    const std::string good = text_of(live.save_session());
    for (const size_t part : {size_t{1000}, good.size() - 1, good.size()}) {
        const Watch watch;
        files.at_most = part;
        files.interrupts = 2;
        CHECK_EQUAL(save(live, folder.file), "RWKV_MS_OK");
        CHECK(contents(folder.file) == good);
        files.interrupts = 2;
        files.at_most = part;
        CHECK_EQUAL(load(live, folder.file), "RWKV_MS_OK");
    }
    CHECK(text_of(live.save_session()) == good);
}

// Others cut the file while it is read.
TEST(a_file_that_ends_before_its_size) {
    Live live;
    live.attached();
    live.decode(3);
    const Folder folder;
    CHECK_EQUAL(save(live, folder.file), "RWKV_MS_OK");
    live.decode(1);
    const Bytes before = live.save();
    const std::string size = std::to_string(contents(folder.file).size());
    for (const auto &[reads, found] : {std::pair{0, "0"}, {2, "200"}}) {
        {
            const Watch watch;
            files.at_most = 100;
            files.ends = reads;
            CHECK_EQUAL(load(live, folder.file), "RWKV_MS_E_IO");
        }
        CHECK_EQUAL(live.error(), folder.file + ": cannot be read: expected " + size + " bytes, found " + found);
        CHECK(live.save() == before);
    }
}

// A thousand sessions keep no descriptor.
TEST(files_are_closed) {
    Live live;
    live.attached();
    live.decode(3);
    const Folder folder;
    const auto next = [] { // the lowest that is free
        const int file = ::open(".", O_RDONLY | O_CLOEXEC);
        ::close(file);
        return file;
    };
    const int before = next();
    for (int i = 0; i < 20; ++i) {
        CHECK_EQUAL(save(live, folder.file), "RWKV_MS_OK");
        CHECK_EQUAL(load(live, folder.file), "RWKV_MS_OK");
        CHECK_EQUAL(load(live, folder.name), "RWKV_MS_E_IO");
        CHECK_EQUAL(load(live, folder.name + "/none"), "RWKV_MS_E_IO");
        CHECK_EQUAL(save(live, folder.name + "/none/session"), "RWKV_MS_E_IO");
        {
            const Watch watch;
            files.room = 5;
            CHECK_EQUAL(save(live, folder.file), "RWKV_MS_E_IO");
        }
    }
    CHECK_EQUAL(next(), before);
}

int main() { return run_all(); }
