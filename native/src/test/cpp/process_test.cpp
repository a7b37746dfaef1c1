// What the library is to the process that it is in: it finds the process's own settings as they are and leaves them so, whatever
// they are; it holds nothing of what was destroyed; and it does no work twice, which is counted and not timed.
#include <algorithm>
#include <array>
#include <atomic>
#include <cfenv>
#include <chrono>
#include <clocale>
#include <csignal>
#include <cstring>
#include <exception>
#include <fstream>
#include <functional>
#include <locale>
#include <map>
#include <mutex>
#include <new>
#include <set>
#include <thread>

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "fake_llama.h"

using namespace test;

// The library's calls to ggml and OpenSSL go through this program, which counts the work.
namespace {

struct Work {
    std::atomic<int64_t> graphs{0}, hashed{0};
    std::mutex mutex;
    std::map<ggml_backend_graph_plan_t, int64_t> products; // multiply-adds of ggml's own, by plan
    int64_t multiply_adds = 0;                             // of the plans that were computed
    std::set<ggml_backend_t> freed;                        // streams
    int64_t late = 0;                                      // plans that were freed after their stream
    std::atomic<int64_t> streams{0};                       // that are open
} work;

template <typename Function> Function *real(const char *name) {
    return reinterpret_cast<Function *>(dlsym(RTLD_NEXT, name));
}

} // namespace

extern "C" {
ggml_status ggml_backend_graph_plan_compute(ggml_backend_t stream, ggml_backend_graph_plan_t plan) {
    static const auto next =
        real<ggml_status(ggml_backend_t, ggml_backend_graph_plan_t)>("ggml_backend_graph_plan_compute");
    ++work.graphs;
    {
        const std::lock_guard<std::mutex> lock(work.mutex);
        work.multiply_adds += work.products[plan];
    }
    return next(stream, plan);
}
ggml_backend_graph_plan_t ggml_backend_graph_plan_create(ggml_backend_t stream, ggml_cgraph *graph) {
    static const auto next =
        real<ggml_backend_graph_plan_t(ggml_backend_t, ggml_cgraph *)>("ggml_backend_graph_plan_create");
    int64_t products = 0; // each value is a sum over the dimension that both factors have
    for (int i = 0; i < ggml_graph_n_nodes(graph); ++i) {
        const ggml_tensor *const node = ggml_graph_node(graph, i);
        if (node->op == GGML_OP_MUL_MAT) products += ggml_nelements(node) * node->src[0]->ne[0];
        if (node->op == GGML_OP_OUT_PROD) products += ggml_nelements(node) * node->src[0]->ne[1];
    }
    const ggml_backend_graph_plan_t plan = next(stream, graph);
    const std::lock_guard<std::mutex> lock(work.mutex);
    work.products[plan] = products;
    work.freed.erase(stream); // another one, where that was
    return plan;
}
void ggml_backend_graph_plan_free(ggml_backend_t stream, ggml_backend_graph_plan_t plan) {
    static const auto next = real<void(ggml_backend_t, ggml_backend_graph_plan_t)>("ggml_backend_graph_plan_free");
    {
        const std::lock_guard<std::mutex> lock(work.mutex);
        work.products.erase(plan);
        work.late += static_cast<int64_t>(work.freed.count(stream));
    }
    next(stream, plan);
}
ggml_backend_t ggml_backend_dev_init(ggml_backend_dev_t device, const char *params) {
    static const auto next = real<ggml_backend_t(ggml_backend_dev_t, const char *)>("ggml_backend_dev_init");
    ++work.streams;
    return next(device, params);
}
void ggml_backend_free(ggml_backend_t stream) {
    static const auto next = real<void(ggml_backend_t)>("ggml_backend_free");
    next(stream);
    --work.streams;
    const std::lock_guard<std::mutex> lock(work.mutex);
    work.freed.insert(stream);
}
int64_t rwkv_ms_test_multiply_adds(void); // the library's own, of this thread
int EVP_DigestUpdate(EVP_MD_CTX *context, const void *bytes, size_t count) {
    static const auto next = real<int(EVP_MD_CTX *, const void *, size_t)>("EVP_DigestUpdate");
    work.hashed += static_cast<int64_t>(count);
    return next(context, bytes, count);
}
}

namespace {

int64_t counted(std::atomic<int64_t> &count, const std::function<void()> &call) {
    const int64_t before = count;
    call();
    return count - before;
}

// The control word of the processor's floating-point unit; its flags of what has happened do not count.
unsigned floating_point() {
#if defined(__x86_64__)
    return __builtin_ia32_stmxcsr() & ~0x3fu;
#elif defined(__aarch64__)
    unsigned long control;
    __asm__("mrs %0, fpcr" : "=r"(control));
    return static_cast<unsigned>(control);
#else
    return static_cast<unsigned>(std::fegetround());
#endif
}

void set_floating_point(unsigned control) {
#if defined(__x86_64__)
    __builtin_ia32_ldmxcsr(control);
#elif defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0" : : "r"(static_cast<unsigned long>(control)));
#else
    std::fesetround(static_cast<int>(control));
#endif
}

// Denormal numbers flushed, and the processor rounding upwards.
unsigned another_floating_point() {
#if defined(__x86_64__)
    return floating_point() | 0x8040 | 0x4000;
#elif defined(__aarch64__)
    return floating_point() | 1u << 24 | 1u << 22;
#else
    return FE_UPWARD;
#endif
}

void silent(ggml_log_level, const char *, void *) {}

// The settings of the process, as lines.
std::string process() {
    std::string text = "log " + std::to_string([] {
        ggml_log_callback callback = nullptr;
        void *data = nullptr;
        ggml_log_get(&callback, &data);
        return reinterpret_cast<uintptr_t>(callback) ^ reinterpret_cast<uintptr_t>(data) << 1;
    }());
    using Abort = void (*)(const char *);
    if (const auto set = reinterpret_cast<Abort (*)(Abort)>(dlsym(RTLD_DEFAULT, "ggml_set_abort_callback")); set != nullptr) {
        const Abort abort = set(nullptr);
        set(abort);
        text += "\nabort " + std::to_string(reinterpret_cast<uintptr_t>(abort));
    }
    text += std::string("\nlocale ") + std::setlocale(LC_ALL, nullptr) + "\nC++ locale " + std::locale().name();
    text += std::string("\nlocale of the thread ") + (::uselocale(nullptr) == LC_GLOBAL_LOCALE ? "the process's" : "its own");
    text += "\nfloating point " + std::to_string(floating_point());
    char folder[4096] = "";
    text += std::string("\nfolder ") + (::getcwd(folder, sizeof folder) != nullptr ? folder : "");
    const mode_t mask = ::umask(0);
    ::umask(mask);
    text += "\nmask " + std::to_string(mask) + "\nsignals";
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    for (int signal = 1; signal < 65; ++signal) {
        struct sigaction action {};
        if (sigaction(signal, nullptr, &action) != 0) continue;
        text += " " + std::to_string(reinterpret_cast<uintptr_t>(action.sa_handler)) +
                (sigismember(&blocked, signal) == 1 ? "-" : "");
    }
    text += "\nhandlers " + std::to_string(reinterpret_cast<uintptr_t>(std::get_terminate())) + " " +
            std::to_string(reinterpret_cast<uintptr_t>(std::get_new_handler()));
    text += std::string("\nstreams ") + (std::ios::sync_with_stdio(true) ? "in step" : "out of step"); // asks, and changes nothing
    text += "\npriority " + std::to_string(::getpriority(PRIO_PROCESS, 0)) + "\nlimits";
    for (const int resource : {RLIMIT_AS, RLIMIT_CORE, RLIMIT_CPU, RLIMIT_DATA, RLIMIT_FSIZE, RLIMIT_MEMLOCK, RLIMIT_NOFILE,
                               RLIMIT_NPROC, RLIMIT_STACK}) {
        struct rlimit limit {};
        ::getrlimit(resource, &limit);
        text += " " + std::to_string(limit.rlim_cur);
    }
#if defined(__linux__)
    cpu_set_t processors;
    CPU_ZERO(&processors);
    sched_getaffinity(0, sizeof processors, &processors);
    text += "\nprocessors";
    for (int i = 0; i < CPU_SETSIZE; ++i) text += CPU_ISSET(i, &processors) ? " " + std::to_string(i) : "";
#endif
    itimerval timer {};
    ::getitimer(ITIMER_REAL, &timer);
    text += "\ntimer " + std::to_string(timer.it_value.tv_sec + timer.it_value.tv_usec);
#if defined(__GLIBC__)
    char name[64] = "";
    pthread_getname_np(pthread_self(), name, sizeof name);
    text += std::string("\nthread ") + name;
#endif
    text += "\nenvironment";
    for (char **variable = environ; *variable != nullptr; ++variable) text += std::string(" ") + *variable;
    return text;
}

// What is written to a descriptor while it lives.
class Output {
public:
    explicit Output(int descriptor) : descriptor_(descriptor), kept_(::dup(descriptor)) {
        std::fflush(nullptr);
        file_ = std::tmpfile();
        ::dup2(::fileno(file_), descriptor);
    }
    std::string end() {
        std::fflush(nullptr);
        ::dup2(kept_, descriptor_);
        ::close(kept_);
        std::string text(static_cast<size_t>(::lseek(::fileno(file_), 0, SEEK_END)), ' ');
        const ssize_t got = ::pread(::fileno(file_), &text[0], text.size(), 0);
        std::fclose(file_);
        return got == static_cast<ssize_t>(text.size()) ? text : "unreadable";
    }

private:
    const int descriptor_, kept_;
    std::FILE *file_ = nullptr;
};

size_t entries(const char *folder) {
    size_t count = 0;
    if (DIR *const open = ::opendir(folder)) {
        while (::readdir(open) != nullptr) ++count;
        ::closedir(open);
    }
    return count;
}

size_t lines(const char *path) {
    std::ifstream in(path);
    std::string line;
    size_t count = 0;
    while (std::getline(in, line)) ++count;
    return count;
}

// What the process holds.
struct Held {
    int64_t descriptors, threads, maps, heap;
};

Held held() {
    int64_t heap = 0;
#if defined(__GLIBC__)
    const struct mallinfo2 info = mallinfo2();
    heap = static_cast<int64_t>(info.uordblks + info.hblkhd);
#endif
    return {static_cast<int64_t>(entries("/proc/self/fd")), static_cast<int64_t>(entries("/proc/self/task")),
            static_cast<int64_t>(lines("/proc/self/maps")), heap};
}

// Bytes of memory that the process has touched; 0 where there is no /proc.
int64_t resident() {
    std::ifstream in("/proc/self/statm");
    int64_t whole = 0, touched = 0;
    in >> whole >> touched;
    return touched * ::sysconf(_SC_PAGESIZE);
}

// The threads of the process, once there are no more than expected or that has taken long: one that was joined is gone for the
// process a little earlier than for the kernel.
int64_t threads_left(int64_t expected) {
    int64_t threads = held().threads;
    for (int wait = 0; wait < 500 && threads > expected; ++wait) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        threads = held().threads;
    }
    return threads;
}

// Whether memory is the C library's: a checker keeps what was freed, and emulates the processor.
bool without_checker() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return false;
#else
    const char *const preloaded = std::getenv("LD_PRELOAD");
    return preloaded == nullptr || std::strstr(preloaded, "vgpreload") == nullptr;
#endif
}

// After some rounds, `usual` more hold nothing more. Where there is no /proc and no glibc, the numbers are 0 and nothing is said.
void stays_flat(const char *what, int usual, const std::function<void()> &act) {
    constexpr int kWarm = 8;
    constexpr int64_t kMaps = 4, kHeap = int64_t{1} << 15; // what the allocator keeps at hand counts as held
    for (int i = 0; i < kWarm; ++i) act();
    const Held before = held();
    for (int i = 0, last = rounds(usual); i < last; ++i) act();
    Held after = held();
    after.threads = threads_left(before.threads);
    const auto more = [&](const char *unit, int64_t count) {
        return std::string(what) + ": " + std::to_string(count) + " more " + unit;
    };
    CHECK_EQUAL(more("descriptors", after.descriptors - before.descriptors), more("descriptors", 0));
    if (after.threads > before.threads)
        CHECK_EQUAL(more("threads", after.threads - before.threads), more("threads", 0));
    if (!without_checker()) return;
    if (after.maps - before.maps > kMaps)
        CHECK_EQUAL(more("maps", after.maps - before.maps), more("maps", 0));
    if (after.heap - before.heap > kHeap)
        CHECK_EQUAL(more("bytes", after.heap - before.heap), more("bytes", 0));
}

int32_t open_sidecar(const std::string &path, const char *base, SidecarHandle &out) {
    rwkv_ms_sidecar *opened = nullptr;
    const int32_t status = rwkv_ms_sidecar_open(runtime(), path.c_str(), base, 0, &opened);
    out.reset(opened);
    return status;
}

// A file for as long as it is needed.
struct File {
    File(const std::string &ending, const std::string &bytes) : path(temporary_file() + ending) { write_file(path, bytes); }
    ~File() { std::remove(path.c_str()); }
    const std::string path;
};

// A base model with the projections that a sidecar of q and o corrects.
std::string base_of(const Settings &s) {
    Sidecar file;
    file.keys = {{"general.architecture", text("gemma4")}};
    file.tensors.clear();
    for (const int32_t layer : s.layers) {
        const std::string blk = "blk." + std::to_string(layer) + ".";
        file.tensors.push_back({blk + "attn_q.weight", {32, s.q_out}, kF32, std::string(32 * s.q_out * 4, '\0')});
        file.tensors.push_back({blk + "attn_output.weight", {32, s.o_out}, kF32, std::string(32 * s.o_out * 4, '\0')});
    }
    return file.bytes();
}

// Every kind of call once.
void use_all() {
    const Settings s = hook_settings();
    OwnLayer layer(Settings{});
    layer.forward(random_values(70 * 64, 1), {}, RWKV_MS_FORWARD_TAPS);
    layer.tap("reads");
    rwkv_ms_context *made = nullptr;
    const rwkv_ms_context_params params{1, -1};
    rwkv_ms_context_create_on(layer.sidecar.get(), &params, "no such device", 1, 0, &made);
    expect_ok(rwkv_ms_context_create_on(layer.sidecar.get(), &params, "CPU", 2, 0, &made), "create_on");
    const ContextHandle on(made);
    Layer(on.get(), Settings{}).forward(random_values(2 * 64, 1));
    SidecarHandle refused;
    CHECK_EQUAL(status_text(try_open("GGUF", refused)), "RWKV_MS_E_GGUF_TRUNCATED");
    CHECK_EQUAL(status_text(open_sidecar("no such file", nullptr, refused)), "RWKV_MS_E_FILE_UNREADABLE");
    size_t needed = 0;
    rwkv_ms_build_info(runtime(), nullptr, 0, &needed);
    Live live(s);
    live.attached();
    CHECK_EQUAL(live.decode(3), 0);
    CHECK_EQUAL(live.load_session(live.save_session()), "RWKV_MS_OK");
    const std::string path = "session-" + temporary_file();
    expect_ok(rwkv_ms_session_save_file(live.hook.get(), path.c_str(), nullptr, 0), live.error());
    expect_ok(rwkv_ms_session_load_file(live.hook.get(), path.c_str(), nullptr, 0, nullptr), live.error());
    std::remove(path.c_str());
    const Bytes payload = live.save();
    expect_ok(rwkv_ms_state_load(live.context.get(), payload.data(), payload.size()), "load");
    live.graph.erase(live.graph.begin() + static_cast<std::ptrdiff_t>(place(live.graph, "attn_norm-1")));
    CHECK_EQUAL(live.decode(1), 2);
}

void leaves_the_process(const std::function<void()> &act) {
    Output out(STDOUT_FILENO), err(STDERR_FILENO);
    const std::string before = process();
    std::srand(7);
    const int drawn = std::rand();
    std::srand(7);
    act();
    const bool same = std::rand() == drawn;
    const std::string after = process();
    const std::string said = err.end(), printed = out.end();
    CHECK_EQUAL(after, before);
    CHECK(same); // the host's random numbers are its own
    CHECK_EQUAL(printed, "");
    CHECK_EQUAL(said, "");
}

} // namespace

// Before anything else: the backend has not been loaded yet.
TEST(the_first_runtimes_of_many_threads_at_once) {
    int host = 0;
    ggml_log_set(silent, &host);
    CHECK_EQUAL(ggml_backend_dev_count(), size_t{0});
    const char *const set = std::getenv("GGML_NO_BACKTRACE"); // by ctest; a host need not have it, nor get it
    const std::string kept = set != nullptr ? set : "";
    ::unsetenv("GGML_NO_BACKTRACE");
    leaves_the_process([] {
        std::vector<std::thread> threads;
        std::atomic<int> ready{0}, failed{0};
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&] {
                ++ready;
                while (ready < 8) std::this_thread::yield();
                const rwkv_ms_runtime_params params{std::getenv("RWKV_MS_TEST_BACKEND"), 1, 0};
                rwkv_ms_runtime *made = nullptr;
                failed += rwkv_ms_runtime_create(&params, &made, nullptr, 0) != RWKV_MS_OK;
                rwkv_ms_runtime_destroy(made);
            });
        }
        for (std::thread &thread : threads) thread.join();
        CHECK_EQUAL(failed.load(), 0);
    });
    CHECK_EQUAL(ggml_backend_reg_count(), size_t{1});
    CHECK_EQUAL(ggml_backend_dev_count(), size_t{1});
    leaves_the_process([] { runtime(); });
    leaves_the_process(use_all);
    if (set != nullptr) ::setenv("GGML_NO_BACKTRACE", kept.c_str(), 1);
    ggml_log_set(nullptr, nullptr);
}

// The variants of ggml's code for the processor are asked which fits best; of those that were not taken none stays.
TEST(one_variant_for_the_processor_is_loaded) {
    runtime();
    std::ifstream in("/proc/self/maps");
    std::string line;
    std::set<std::string> variants;
    while (std::getline(in, line)) {
        const size_t at = line.find("/libggml-cpu");
        if (at != std::string::npos) variants.insert(line.substr(at));
    }
    CHECK(variants.size() <= 1);
}

// A host's threads may have little room: musl gives them 128 KiB.
TEST(threads_of_a_small_stack) {
    if (!without_checker()) {
        std::printf("NOT EVALUATED threads_of_a_small_stack: a checker's code needs more\n");
        return;
    }
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    CHECK_EQUAL(pthread_attr_setstacksize(&attributes, size_t{128} << 10), 0);
    // Wide: what lies beyond one page may be other memory, which a large variable would reach without a trap.
    CHECK_EQUAL(pthread_attr_setguardsize(&attributes, size_t{16} << 20), 0);
    pthread_t thread;
    const auto body = [](void *) -> void * {
        try {
            use_all();
        } catch (const std::exception &e) {
            fail_at(__FILE__, __LINE__, e.what());
        }
        return nullptr;
    };
    CHECK_EQUAL(pthread_create(&thread, &attributes, body, nullptr), 0);
    pthread_join(thread, nullptr);
    pthread_attr_destroy(&attributes);
}

// A host may compute otherwise than C does by default, and each thread may.
TEST(the_floating_point_unit_is_the_hosts) {
    if (!without_checker()) {
        std::printf("NOT EVALUATED the_floating_point_unit_is_the_hosts: a checker emulates it\n");
        return;
    }
    const unsigned usual = floating_point(), other = another_floating_point();
    OwnLayer layer(Settings{});
    const auto rest = [&](const std::function<void()> &act) {
        set_floating_point(other);
        act();
        const unsigned found = floating_point();
        set_floating_point(usual);
        CHECK_EQUAL(found, other);
        act();
        CHECK_EQUAL(floating_point(), usual);
    };
    const std::vector<float> hidden = random_values(70 * 64, 1);
    rest([&] { layer.forward(hidden); });
    rest([&] { layer.forward(random_values(64, 1), {}, RWKV_MS_FORWARD_TAPS); });
    rest([] { open(Sidecar(Settings{})); });
    Live live;
    live.attached();
    rest([&] { CHECK_EQUAL(live.decode(2), 0); });
    rest([&] { live.save_session(); });
    rest([&] { live.load_session(live.save_session()); });
    rest([&] { live.save(); });
}

// A sidecar is the same one for a host that rounds in another direction: else its saved states would be refused, or the sidecar.
TEST(a_sidecar_means_the_same_however_the_host_rounds) {
    if (!without_checker()) {
        std::printf("NOT EVALUATED a_sidecar_means_the_same_however_the_host_rounds: a checker emulates the processor\n");
        return;
    }
    Settings s;
    s.rank = 100; // its pairs are 25 / 32 and 50 / 32 blocks wide
    s.low_g = 64;
    s.erase_gate = "0.1";
    Sidecar file(s);
    file.set("alpha", f32(0.1f));
    file.edit("config_json", "\"rwkv_ms_erase_gate\"", "\"alpha\":0.1,\"rwkv_ms_erase_gate\"");
    const auto opened = [&] {
        SidecarHandle handle;
        expect_ok(try_open(file.bytes(), handle), last_error(rwkv_ms_runtime_error, static_cast<const rwkv_ms_runtime *>(runtime())));
        rwkv_ms_config config{};
        expect_ok(rwkv_ms_sidecar_config(handle.get(), &config), "config");
        Bytes fingerprint(RWKV_MS_FINGERPRINT_BYTES);
        expect_ok(rwkv_ms_sidecar_fingerprint(handle.get(), fingerprint.data(), fingerprint.size()), "fingerprint");
        return std::pair{config.erase_gate, fingerprint};
    };
    const auto usual = opened();
    CHECK_EQUAL(usual.first, 0.1);
    for (const int direction : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
        CHECK_EQUAL(std::fesetround(direction), 0);
        std::pair<double, Bytes> found;
        std::string failure;
        try {
            found = opened();
        } catch (const std::exception &e) {
            failure = e.what();
        }
        CHECK_EQUAL(std::fegetround(), direction);
        std::fesetround(FE_TONEAREST);
        CHECK_EQUAL(failure, "");
        CHECK(found == usual);
    }
}

namespace {

struct German : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
};

// A locale of C with a decimal comma, whatever is installed: glibc reads one from the folder that LOCPATH names. Its LC_NUMERIC
// has the decimal point and the separator, their forms as wide characters, and the character set.
bool decimal_comma() {
#if defined(__GLIBC__)
    const std::string folder = "locale-" + temporary_file(), language = folder + "/de_XX";
    ::mkdir(folder.c_str(), 0777);
    ::mkdir(language.c_str(), 0777);
    const uint32_t magic = 0x20031115 ^ LC_NUMERIC, fields = 6, start = 8 + 4 * fields;
    std::string file = raw(magic) + raw(fields);
    for (const uint32_t offset : {0u, 2u, 4u, 8u, 12u, 16u}) file += raw(start + offset);
    file += std::string(",\0.\0\3\0\0\0", 8) + raw<uint32_t>(',') + raw<uint32_t>('.') + std::string("UTF-8\0", 6);
    write_file(language + "/LC_NUMERIC", file);
    ::setenv("LOCPATH", folder.c_str(), 1);
    const bool set = std::setlocale(LC_NUMERIC, "de_XX") != nullptr;
    ::unsetenv("LOCPATH");
    std::remove((language + "/LC_NUMERIC").c_str());
    ::rmdir(language.c_str());
    ::rmdir(folder.c_str());
    return set;
#else
    return std::setlocale(LC_NUMERIC, "de_DE.UTF-8") != nullptr;
#endif
}

} // namespace

TEST(numbers_are_not_those_of_the_hosts_language) {
    const std::locale before;
    const bool in_c = decimal_comma();
    if (!in_c) std::printf("NOT EVALUATED numbers_are_not_those_of_the_hosts_language: no locale with a decimal comma\n");
    CHECK(!in_c || std::strtod("0,5", nullptr) == 0.5);
    std::locale::global(std::locale(std::locale::classic(), new German));
    CHECK_EQUAL([] {
        std::ostringstream text;
        text << 12345.5;
        return text.str();
    }(), "12.345,5");
    leaves_the_process([] {
        use_all();
        rwkv_ms_runtime *made = nullptr;
        const rwkv_ms_runtime_params params{std::getenv("RWKV_MS_TEST_BACKEND"), 1, 0};
        expect_ok(rwkv_ms_runtime_create(&params, &made, nullptr, 0), "runtime");
        rwkv_ms_runtime_destroy(made);
        for (const auto &[written, expected] :
             {std::pair{"0.5", 0.5}, {"0.25", 0.25}, {"1e-3", 1e-3}, {"12345.5", 12345.5}, {"1234567890123456789012", 1234567890123456789012.0}}) {
            Settings s;
            s.erase_gate = written;
            const SidecarHandle sidecar = open(Sidecar(s));
            rwkv_ms_config config{};
            expect_ok(rwkv_ms_sidecar_config(sidecar.get(), &config), "config");
            CHECK_EQUAL(config.erase_gate, expected);
            CHECK_EQUAL(config.alpha, 16.0);
        }
        const SidecarHandle sidecar = open(Sidecar(Settings{}));
        const ContextHandle handle = context(sidecar.get());
        const auto refusal = [&] { return last_error(rwkv_ms_context_error, static_cast<const rwkv_ms_context *>(handle.get())); };
        rwkv_ms_deltas none{};
        const float hidden = 0;
        rwkv_ms_forward(handle.get(), 0, &hidden, 1234567, nullptr, 1, 0, &none);
        CHECK_EQUAL(refusal(), "hidden_count: expected 64 floats, found 1234567");
        rwkv_ms_state_load(handle.get(), &hidden, 3);
        CHECK(refusal().find("expected 1168 bytes, found 3") != std::string::npos);
        SidecarHandle refused;
        Sidecar wrong;
        wrong.edit("config_json", "\"rwkv_ms_read_top_k\":0", "\"rwkv_ms_read_top_k\":1234.5");
        CHECK_EQUAL(status_text(try_open(wrong.bytes(), refused)), "RWKV_MS_E_SETTING_RANGE");
        CHECK(last_error(rwkv_ms_runtime_error, static_cast<const rwkv_ms_runtime *>(runtime())).find("found 1234.5") != std::string::npos);
        size_t needed = 0;
        rwkv_ms_build_info(runtime(), nullptr, 0, &needed);
        std::string json(needed, ' ');
        expect_ok(rwkv_ms_build_info(runtime(), &json[0], needed, nullptr), "build_info");
        CHECK(json.find("\"abi\":2,") != std::string::npos);
    });
    std::locale::global(before);
    std::setlocale(LC_ALL, "C");
}

// A service may have closed its standard input: the next file that is opened has the number 0.
TEST(a_file_may_have_the_number_0) {
    const std::string base = "a";
    Settings s;
    s.base_sha256 = sha256(base);
    const File sidecar(".sidecar", Sidecar(s).bytes()), bound(".base", base);
    Live live;
    live.attached();
    CHECK_EQUAL(live.decode(3), 0);
    const std::string path = "session-" + temporary_file();
    const int input = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    ::close(STDIN_FILENO);
    SidecarHandle opened;
    const std::string found[] = {status_text(open_sidecar(sidecar.path, bound.path.c_str(), opened)),
                                 status_text(rwkv_ms_session_save_file(live.hook.get(), path.c_str(), nullptr, 0)),
                                 status_text(rwkv_ms_session_load_file(live.hook.get(), path.c_str(), nullptr, 0, nullptr))};
    const bool free = ::fcntl(STDIN_FILENO, F_GETFD) == -1;
    if (input >= 0) ::dup2(input, STDIN_FILENO);
    ::close(input);
    std::remove(path.c_str());
    for (const std::string &status : found) CHECK_EQUAL(status, "RWKV_MS_OK");
    CHECK(free); // and is closed again
}

TEST(nothing_is_held_of_what_was_destroyed) {
    const std::string base = "a";
    Settings s = hook_settings();
    s.base_sha256 = sha256(base);
    const File sidecar(".sidecar", Sidecar(s).bytes()), bound(".base", base), broken(".broken", Sidecar(s).bytes().substr(0, 5000));
    const std::string pipe = temporary_file() + ".pipe";
    CHECK_EQUAL(::mkfifo(pipe.c_str(), 0666), 0);
    stays_flat("sidecars", 200, [&] {
        SidecarHandle opened;
        expect_ok(open_sidecar(sidecar.path, bound.path.c_str(), opened), "open");
    });
    stays_flat("sidecars that are refused", 200, [&] {
        SidecarHandle opened;
        for (const std::string &path : {broken.path, pipe, std::string("."), std::string("none")})
            CHECK(open_sidecar(path, nullptr, opened) != RWKV_MS_OK);
        for (const std::string &path : {sidecar.path, pipe, std::string("."), std::string("none")})
            CHECK(open_sidecar(sidecar.path, path.c_str(), opened) != RWKV_MS_OK);
    });
    std::remove(pipe.c_str());
    SidecarHandle opened;
    expect_ok(open_sidecar(sidecar.path, bound.path.c_str(), opened), "open");
    const std::vector<float> some = random_values(11 * s.hidden, 1);
    stays_flat("contexts", 1000, [&] { context(opened.get()); });
    stays_flat("contexts that were used", 100, [&] {
        const ContextHandle made = context(opened.get());
        Layer(made.get(), s, 1).forward(some, {}, RWKV_MS_FORWARD_TAPS);
        size_t size = 0;
        rwkv_ms_state_size(made.get(), &size);
        Bytes payload(size);
        rwkv_ms_state_save(made.get(), payload.data(), size, nullptr);
        rwkv_ms_state_load(made.get(), payload.data(), size);
        rwkv_ms_state_load(made.get(), payload.data(), size / 2);
    });
    rwkv_ms_runtime *three = nullptr;
    const rwkv_ms_runtime_params params{std::getenv("RWKV_MS_TEST_BACKEND"), 3, 0};
    expect_ok(rwkv_ms_runtime_create(&params, &three, nullptr, 0), "three threads");
    rwkv_ms_sidecar *of_three = nullptr;
    expect_ok(rwkv_ms_sidecar_open(three, sidecar.path.c_str(), nullptr, 0, &of_three), "open");
    stays_flat("contexts of three threads", 20, [&] { context(of_three); });
    {
        constexpr int64_t kOne = 3; // entries of a process of one thread, with . and ..
        const int64_t alone = threads_left(kOne);
        const ContextHandle one = context(opened.get());
        CHECK_EQUAL(held().threads - alone, int64_t{0});
        const ContextHandle of = context(of_three); // the thread that calls is the third
        CHECK_EQUAL(held().threads - alone, alone > 0 ? int64_t{2} : int64_t{0});
    }
    rwkv_ms_sidecar_close(of_three);
    rwkv_ms_runtime_destroy(three);
    stays_flat("contexts on a device", 20, [&] {
        rwkv_ms_context *made = nullptr;
        const rwkv_ms_context_params params{1, -1};
        expect_ok(rwkv_ms_context_create_on(opened.get(), &params, "CPU", 4, 0, &made), "create_on");
        const ContextHandle on(made);
        Layer(made, s, 1).forward(some);
    });
    const ContextHandle with_hook = context(opened.get());
    stays_flat("hooks", 1000, [&] {
        rwkv_ms_hook *hook = nullptr;
        expect_ok(rwkv_ms_hook_create(with_hook.get(), nullptr, &hook), "hook_create");
        rwkv_ms_hook_capture(hook, 64);
        rwkv_ms_hook_destroy(hook);
    });
    stays_flat("runtimes", 200, [&] {
        rwkv_ms_runtime *made = nullptr;
        expect_ok(rwkv_ms_runtime_create(&params, &made, nullptr, 0), "runtime");
        rwkv_ms_runtime_destroy(made);
    });
}

// Who does not know how many tokens will come records with the largest capacity.
TEST(a_recording_takes_the_room_of_what_it_has) {
    if (!without_checker()) {
        std::printf("NOT EVALUATED a_recording_takes_the_room_of_what_it_has: a checker has memory of its own\n");
        return;
    }
    Live live;
    live.attached();
    const int64_t before = resident();
    expect_ok(rwkv_ms_hook_capture(live.hook.get(), 1 << 16), live.error()); // 285 MB
    CHECK_EQUAL(live.decode(3), 0);
    CHECK_EQUAL(live.captured(3, "hidden").size(), size_t{3} * live.s.hidden);
    CHECK(resident() - before < int64_t{1} << 26); // each of its arrays begins a page, which may be one of 2 MiB
}

// The weights of a context on a device are there, and not in the host's memory too. Here the heap is both.
TEST(weights_of_a_device_are_held_once) {
    if (!without_checker()) {
        std::printf("NOT EVALUATED weights_of_a_device_are_held_once: a checker has memory of its own\n");
        return;
    }
    Settings s;
    s.hidden = 1024;
    s.rank = 64;
    const Sidecar file(s);
    int64_t weights = 0; // bytes as float32
    for (const Tensor &tensor : file.tensors) weights += static_cast<int64_t>(tensor.numel() * sizeof(float));
    const SidecarHandle sidecar = open(file);
    const rwkv_ms_context_params params{1, -1};
    const int64_t before = held().heap;
    rwkv_ms_context *made = nullptr;
    expect_ok(rwkv_ms_context_create_on(sidecar.get(), &params, "CPU", 1, 0, &made), "create_on");
    const ContextHandle on(made);
    CHECK(held().heap - before < weights + weights / 2);
}

// A stream of a device may hold hundreds of megabytes.
TEST(every_stream_is_closed) {
    const int64_t before = work.streams;
    const OwnLayer layer{Settings{}};
    CHECK_EQUAL(work.streams - before, int64_t{1});
    use_all();
    CHECK_EQUAL(work.streams - before, int64_t{1});
}

// A plan is freed by the stream that it was made for.
TEST(plans_do_not_outlive_their_stream) {
    const size_t before = work.products.size();
    {
        OwnLayer layer(Settings{});
        layer.forward(random_values(3 * 64, 1));
        CHECK(work.products.size() > before);
    }
    CHECK_EQUAL(work.products.size(), before);
    CHECK_EQUAL(work.late, int64_t{0});
}

TEST(nothing_grows_with_what_is_decoded) {
    Live live;
    live.attached();
    stays_flat("decodes", 1000, [&] {
        CHECK_EQUAL(live.decode(1), 0);
        CHECK_EQUAL(live.check(), "RWKV_MS_OK");
    });
    stays_flat("sessions", 200, [&] { CHECK_EQUAL(live.load_session(live.save_session()), "RWKV_MS_OK"); });
    stays_flat("decodes that are stopped", 200, [&] {
        CHECK_EQUAL(live.decode(2, 7), 2);
        CHECK_EQUAL(live.check(), "RWKV_MS_OK");
    });
    stays_flat("recordings", 200, [&] {
        expect_ok(rwkv_ms_hook_capture(live.hook.get(), 3), live.error());
        CHECK_EQUAL(live.decode(2), 0);
        expect_ok(rwkv_ms_hook_capture(live.hook.get(), 0), live.error());
    });
    const Bytes session = live.save_session(), garbage(500, 7);
    stays_flat("refusals", 200, [&] {
        rwkv_ms_runtime *none = nullptr;
        rwkv_ms_context *on = nullptr;
        rwkv_ms_hook *second = nullptr;
        int32_t tokens = 0;
        const rwkv_ms_runtime_params threads{nullptr, 0, 0}, elsewhere{"none.so", 1, 0};
        const rwkv_ms_context_params sequences{2, -1}, one{1, -1};
        CHECK(rwkv_ms_runtime_create(&threads, &none, nullptr, 0) != RWKV_MS_OK);
        CHECK(rwkv_ms_runtime_create(&elsewhere, &none, nullptr, 0) != RWKV_MS_OK);
        CHECK(rwkv_ms_context_create(live.sidecar.get(), &sequences, &on) != RWKV_MS_OK);
        CHECK(rwkv_ms_context_create_on(live.sidecar.get(), &one, "none", 1, 0, &on) != RWKV_MS_OK);
        CHECK(rwkv_ms_hook_create(live.context.get(), nullptr, &second) != RWKV_MS_OK);
        CHECK(rwkv_ms_hook_attach(live.hook.get(), &live.llama, nullptr) != RWKV_MS_OK);
        CHECK(rwkv_ms_state_load(live.context.get(), garbage.data(), garbage.size()) != RWKV_MS_OK);
        CHECK(live.load_session(garbage) != "RWKV_MS_OK");
        CHECK(rwkv_ms_session_load(live.hook.get(), session.data(), session.size() - 1, &tokens, 1, nullptr) != RWKV_MS_OK);
        CHECK(rwkv_ms_session_save_file(live.hook.get(), "none/none", nullptr, 0) != RWKV_MS_OK);
        live.llama.refusals = 1;
        CHECK(live.load_session(session) != "RWKV_MS_OK");
    });
    stays_flat("attachments", 200, [&] {
        expect_ok(rwkv_ms_hook_detach(live.hook.get()), "detach");
        CHECK_EQUAL(live.attached().decode(1), 0);
    });
    const std::string header = base_of(live.s);
    Live bound(live.s, nullptr, header);
    const File base(".base", header);
    stays_flat("attachments with the base", 200, [&] {
        expect_ok(rwkv_ms_hook_attach(bound.hook.get(), &bound.llama, base.path.c_str()), bound.error());
        expect_ok(rwkv_ms_hook_detach(bound.hook.get()), "detach");
    });
    OwnLayer layer(Settings{});
    const std::vector<float> one = random_values(64, 1), many = random_values(75 * 64, 1);
    stays_flat("forwards", 1000, [&] { layer.forward(one); });
    stays_flat("forwards of 75 tokens", 100, [&] { layer.forward(many, {}, RWKV_MS_FORWARD_TAPS); });
    stays_flat("errors", 1000, [&] { rwkv_ms_tap(layer.handle.get(), "none", nullptr, nullptr, 0); });
}

// Two graphs a microbatch: features and readout. A prompt is as few microbatches as there can be.
TEST(no_graph_is_computed_twice) {
    OwnLayer layer(Settings{});
    const auto graphs = [&](size_t tokens, uint32_t flags = 0) {
        const std::vector<float> hidden = random_values(tokens * 64, 1);
        return counted(work.graphs, [&] { layer.forward(hidden, {}, flags); });
    };
    for (const auto &[tokens, microbatches] : {std::pair{1, 1}, {7, 1}, {8, 1}, {9, 2}, {63, 2}, {64, 1}, {65, 2}, {200, 4}, {1024, 16}})
        CHECK_EQUAL(graphs(static_cast<size_t>(tokens)), int64_t{2} * microbatches);
    CHECK_EQUAL(graphs(64, RWKV_MS_FORWARD_TAPS), int64_t{2});
    Live live;
    live.attached();
    CHECK_EQUAL(counted(work.graphs, [&] { live.decode(4); }), int64_t{2} * 2);
    CHECK_EQUAL(counted(work.graphs, [&] {
        live.check();
        live.save_session();
        live.counts(1);
    }), int64_t{0});
}

// Multiply-adds of matrix products, which the shapes tell: memory_q and memory_k, half of all, are made for taps alone.
TEST(no_product_is_computed_twice) {
    for_each_setting([](const Settings &s, const std::string &name) {
        OwnLayer layer(s);
        const auto products = [&](size_t tokens, uint32_t flags) {
            const std::vector<float> hidden = random_values(tokens * s.hidden, 1);
            const int64_t before = rwkv_ms_test_multiply_adds() + work.multiply_adds;
            layer.forward(hidden, {}, flags);
            return name + ": " + std::to_string(rwkv_ms_test_multiply_adds() + work.multiply_adds - before);
        };
        const bool free_lambda = !s.couple_lambda && s.update_mode != "no_lambda";
        const int64_t d = s.rank, gates = (s.rankwise_gates ? d : 1) * (free_lambda ? 2 : 1), hidden = s.hidden;
        const int64_t queries = s.semantics == 2 ? 0 : 2 * d * hidden, projections = (d + gates) * hidden;
        const int64_t features = 3 * d * d + 4 * d * s.low + 2 * d * s.low_g, readout = d * (d + s.q_out + s.o_out);
        const int64_t token = projections + features + readout;
        for (const int64_t tokens : {1, 9, 150}) {
            CHECK_EQUAL(products(static_cast<size_t>(tokens), 0), name + ": " + std::to_string(tokens * token));
            CHECK_EQUAL(products(static_cast<size_t>(tokens), RWKV_MS_FORWARD_TAPS),
                        name + ": " + std::to_string(tokens * (token + queries)));
        }
    });
}

TEST(nothing_is_hashed_twice) {
    const std::string base(100000, 'b');
    Settings s = hook_settings();
    s.base_sha256 = sha256(base);
    const Sidecar file(s);
    int64_t tensors = 0;
    for (const Tensor &tensor : file.tensors) tensors += static_cast<int64_t>(tensor.data.size());
    const File sidecar(".sidecar", file.bytes()), bound(".base", base);
    SidecarHandle opened;
    const int64_t alone = counted(work.hashed, [&] { open_sidecar(sidecar.path, nullptr, opened); });
    std::printf("opening a sidecar with %lld bytes of tensors hashes %lld bytes\n", static_cast<long long>(tensors),
                static_cast<long long>(alone));
    // Once for the manifest, and once for the fingerprint with the names and settings.
    CHECK(alone >= 2 * tensors && alone < 2 * tensors + 8192);
    const int64_t with = counted(work.hashed, [&] { open_sidecar(sidecar.path, bound.path.c_str(), opened); });
    CHECK_EQUAL(with - alone, static_cast<int64_t>(base.size()));
    Live live(s, nullptr, base);
    CHECK_EQUAL(counted(work.hashed, [&] { live.attached(); }), int64_t{0});
    Live bound_again(s, nullptr, base);
    CHECK_EQUAL(counted(work.hashed, [&] { rwkv_ms_hook_attach(bound_again.hook.get(), &bound_again.llama, bound.path.c_str()); }),
                static_cast<int64_t>(base.size()));
    CHECK_EQUAL(counted(work.hashed, [&] { live.decode(3); }), int64_t{0});
    const auto payload = static_cast<int64_t>(live.save().size()), session = static_cast<int64_t>(live.save_session().size());
    const Bytes saved = live.save_session();
    CHECK_EQUAL(counted(work.hashed, [&] { live.save(); }), payload - 32);
    CHECK_EQUAL(counted(work.hashed, [&] { live.save_session(); }), payload - 32 + session - 32);
    CHECK_EQUAL(counted(work.hashed, [&] { live.load_session(saved); }), payload - 32 + session - 32);
}

namespace {

// A host's object that was made before the library's, so that it goes after them, and closes its handle then.
struct LastOfAll {
    rwkv_ms_runtime *handle = nullptr;
    Live *live = nullptr; // attached; stays, as the rest of a host may
    ~LastOfAll() {
        if (handle == nullptr || live == nullptr) return;
        // Twice: the llama_context is free after the first.
        for (const char *const time : {"first", "second"}) {
            const std::string detached = status_text(rwkv_ms_hook_detach(live->hook.get())), attached = live->attach();
            if (detached == "RWKV_MS_OK" && attached == "RWKV_MS_OK") continue;
            std::fprintf(stderr, "FAILED when the process ends: %s detach: %s, attach: %s\n", time, detached.c_str(),
                         attached.c_str());
            std::_Exit(1);
        }
        char text[8] = "";
        const bool alive = rwkv_ms_runtime_error(handle, text, sizeof text, nullptr) == RWKV_MS_OK;
        rwkv_ms_runtime_destroy(handle);
        const bool gone = rwkv_ms_runtime_error(handle, text, sizeof text, nullptr) == RWKV_MS_E_ARGUMENT;
        if (alive && gone) return;
        std::fprintf(stderr, "FAILED when the process ends: a handle was %s\n", alive ? "not closed" : "gone before it was closed");
        std::_Exit(1);
    }
} last_of_all;

} // namespace

TEST(a_handle_lives_until_the_process_ends) {
    const rwkv_ms_runtime_params params{std::getenv("RWKV_MS_TEST_BACKEND"), 1, 0};
    expect_ok(rwkv_ms_runtime_create(&params, &last_of_all.handle, nullptr, 0), "runtime");
}

TEST(a_hook_lives_until_the_process_ends) {
    last_of_all.live = new Live;
    last_of_all.live->attached();
    CHECK_EQUAL(last_of_all.live->decode(2), 0);
}

// In a folder of its own, which no library is in.
int main() {
    const std::string folder = "process-" + temporary_file();
    ::mkdir(folder.c_str(), 0777);
    CHECK_EQUAL(::chdir(folder.c_str()), 0);
    const int code = run_all();
    CHECK_EQUAL(::chdir(".."), 0);
    CHECK_EQUAL(::rmdir(folder.c_str()), 0); // and empty
    return failures == 0 ? code : 1;
}
