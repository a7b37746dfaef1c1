#include "backend.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <mutex>
#include <vector>

#include <dlfcn.h>

#include "error.h"
#include "json.h"
#include "rwkv_ms.h"

namespace rwkv_ms {

namespace {

// Size of ggml's private struct ggml_object, which ggml_tensor_overhead() includes.
constexpr size_t kGgmlObjectSize = 32;

// File of the library that a function belongs to; empty if the loader does not know.
std::string file_of(const void *address) {
    Dl_info info;
    return dladdr(address, &info) != 0 && info.dli_fname != nullptr ? info.dli_fname : "";
}

std::string folder_of(const std::string &path) {
    const size_t slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash);
}

std::string name_of(const std::string &path) {
    const size_t slash = path.rfind('/');
    return slash == std::string::npos ? path : path.substr(slash + 1);
}

// The structs this library was compiled against must be those of the ggml it runs with.
void check_headers() {
    const size_t compiled = kGgmlObjectSize + sizeof(ggml_tensor);
    require(ggml_tensor_overhead() == compiled, RWKV_MS_E_UNSUPPORTED, "libggml-base: size of a tensor: expected ",
            compiled, " bytes as in the headers of the build, found ", ggml_tensor_overhead(),
            ": build librwkv_ms against the headers of this llama.cpp");
    for (const auto &[type, name] : {std::pair<ggml_type, const char *>{GGML_TYPE_F32, "f32"},
                                     {GGML_TYPE_F16, "f16"},
                                     {GGML_TYPE_BF16, "bf16"},
                                     {GGML_TYPE_I32, "i32"}}) {
        const char *found = ggml_type_name(type);
        require(found != nullptr && std::strcmp(found, name) == 0, RWKV_MS_E_UNSUPPORTED, "libggml-base: type ",
                int{type}, ": expected ", name, ", found ", found != nullptr ? found : "none",
                ": build librwkv_ms against the headers of this llama.cpp");
    }
}

// While it lives, ggml's log lines are collected instead of printed.
class LogCapture {
public:
    LogCapture() {
        text_.reserve(4000);
        ggml_log_get(&callback_, &data_);
        ggml_log_set(
            [](ggml_log_level, const char *line, void *self) { static_cast<LogCapture *>(self)->append(line); }, this);
    }
    ~LogCapture() { ggml_log_set(callback_, data_); }
    LogCapture(const LogCapture &) = delete;
    LogCapture &operator=(const LogCapture &) = delete;
    const std::string &text() const { return text_; }

private:
    // Called from C: must not throw, so what does not fit is left out.
    void append(const char *line) noexcept {
        text_.append(line, std::min(std::strlen(line), text_.capacity() - text_.size()));
    }

    ggml_log_callback callback_ = nullptr;
    void *data_ = nullptr;
    std::string text_;
};

std::string library_of(ggml_backend_dev_t device) {
    ggml_backend_reg_t registry = ggml_backend_dev_backend_reg(device);
    return file_of(ggml_backend_reg_get_proc_address(registry, "ggml_backend_set_n_threads"));
}

// libggml's.
std::string ggml_folder() { return folder_of(file_of(reinterpret_cast<const void *>(&ggml_backend_load))); }

// The files that a role has in the list of a folder (docs/spec/native.md); none if the folder has no list.
std::vector<std::string> listed(const std::string &folder, const std::string &wanted) {
    std::ifstream list(folder + "/libraries.txt");
    std::vector<std::string> paths;
    std::string role, name;
    while (list >> role && std::getline(list >> std::ws, name)) {
        if (role == wanted) paths.push_back(folder + "/" + name);
    }
    return paths;
}

// The variant of the list that ggml would take: the one that says it fits this processor best. Empty if none does, or if
// the folder has no list (docs/spec/native.md). Nothing else of the folder is loaded, such as the code of a device.
std::string best_variant(const std::string &folder) {
    std::string best;
    int most = 0;
    for (const std::string &path : listed(folder, "cpu")) {
        void *const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (library == nullptr) continue;
        const auto score = reinterpret_cast<int (*)()>(dlsym(library, "ggml_backend_score"));
        const int found = score != nullptr ? score() : 1;
        if (found > most) {
            most = found;
            best = path;
        }
        dlclose(library);
    }
    return best;
}

ggml_backend_dev_t load(const std::string &path) {
    static std::mutex once; // two threads must not load two variants
    const std::lock_guard<std::mutex> lock(once);
    ggml_backend_dev_t device = ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
    if (device != nullptr) {
        const std::string loaded = name_of(library_of(device));
        require(path.empty() || loaded == name_of(path), RWKV_MS_E_NO_BACKEND, path, ": this process already runs on ",
                loaded, ", and ggml takes one CPU variant per process");
        return device;
    }
    const LogCapture log;
    if (path.empty()) {
        const std::string folder = ggml_folder();
        const std::string best = best_variant(folder);
        if (best.empty())
            ggml_backend_load_all_from_path(folder.c_str());
        else
            ggml_backend_load(best.c_str());
        device = ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
        require(device != nullptr, RWKV_MS_E_NO_BACKEND, folder,
                ": no libggml-cpu library there runs on this processor; ggml says: ", log.text());
        return device;
    }
    ggml_backend_reg_t registry = ggml_backend_load(path.c_str());
    require(registry != nullptr, RWKV_MS_E_NO_BACKEND, path,
            ": cannot be loaded as ggml's CPU backend; ggml says: ", log.text());
    device = ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
    require(device != nullptr, RWKV_MS_E_NO_BACKEND, path, ": a ggml backend, but not a CPU backend");
    return device;
}

// "zen4" of libggml-cpu-zen4.so; the whole name if it has no such part.
std::string variant_of(const std::string &library) {
    static const std::string prefix = "libggml-cpu-";
    if (library.rfind(prefix, 0) != 0) return library;
    return library.substr(prefix.size(), library.find('.') - prefix.size());
}

std::string cpu_features(const Backend &backend) {
    std::string text;
    const auto features = backend.function<ggml_backend_get_features_t>("ggml_backend_get_features");
    for (const ggml_backend_feature *feature = features(ggml_backend_dev_backend_reg(backend.device()));
         feature->name != nullptr; ++feature) {
        if (!text.empty()) text += ' ';
        text += std::string(feature->name) + "=" + feature->value;
    }
    return text;
}

} // namespace

Backend::Backend(const std::string &path, int n_threads) : n_threads_(n_threads) {
    check_headers();
    device_ = load(path);
}

ggml_backend_dev_t Backend::device(const std::string &name) const {
    static std::mutex once; // ggml registers a library again each time that it is loaded
    static bool loaded = false;
    const std::lock_guard<std::mutex> lock(once);
    ggml_backend_dev_t found = ggml_backend_dev_by_name(name.c_str());
    const LogCapture log;
    if (found == nullptr && !loaded) {
        for (const std::string &path : listed(ggml_folder(), "device")) ggml_backend_load(path.c_str());
        loaded = true;
        found = ggml_backend_dev_by_name(name.c_str());
    }
    std::string names;
    for (size_t i = 0; i < ggml_backend_dev_count(); ++i)
        names += (i > 0 ? ", " : "") + std::string(ggml_backend_dev_name(ggml_backend_dev_get(i)));
    require(found != nullptr, RWKV_MS_E_NO_BACKEND, "device ", name, ": expected one of ", names,
            ", found no device of that name", log.text().empty() ? "" : "; ggml says: ", log.text());
    return found;
}

void *Backend::address(const char *name) const {
    void *found = ggml_backend_reg_get_proc_address(ggml_backend_dev_backend_reg(device_), name);
    require(found != nullptr, RWKV_MS_E_UNSUPPORTED, library_of(device_), ": offers no ", name,
            ", which this runtime needs");
    return found;
}

std::string Backend::build_info() const {
    const std::pair<const char *, std::string> fields[] = {
        {"ggml_version", ggml_version()},
        {"ggml_commit", ggml_commit()},
        {"cpu_variant", variant_of(name_of(library_of(device_)))},
        {"cpu_features", cpu_features(*this)},
        {"compiler", __VERSION__},
        {"flags", RWKV_MS_FLAGS},
    };
    std::string json =
        "{\"library\":" + json_quote(RWKV_MS_VERSION) + ",\"abi\":" + std::to_string(RWKV_MS_ABI_VERSION);
    for (const auto &[name, value] : fields) json += "," + json_quote(name) + ":" + json_quote(value);
    return json + "}";
}

Engine::Engine(const Backend &backend) : n_threads_(backend.n_threads()) {
    const auto set_n_threads = backend.function<ggml_backend_set_n_threads_t>("ggml_backend_set_n_threads");
    const auto new_threads = backend.function<ggml_threadpool_t (*)(ggml_threadpool_params *)>("ggml_threadpool_new");
    const auto set_threads =
        backend.function<void (*)(ggml_backend_t, ggml_threadpool_t)>("ggml_backend_cpu_set_threadpool");
    free_threads_ = backend.function<void (*)(ggml_threadpool_t)>("ggml_threadpool_free");
    stream_ = ggml_backend_dev_init(backend.device(), nullptr);
    require(stream_ != nullptr, RWKV_MS_E_MEMORY, "ggml cannot open a stream on its CPU backend");
    ggml_threadpool_params params = ggml_threadpool_params_default(backend.n_threads());
    threads_ = new_threads(&params);
    if (threads_ == nullptr) {
        ggml_backend_free(stream_);
        fail(RWKV_MS_E_MEMORY, "ggml cannot start ", backend.n_threads(), " threads");
    }
    set_n_threads(stream_, backend.n_threads());
    set_threads(stream_, threads_);
}

Engine::~Engine() {
    ggml_backend_free(stream_);
    free_threads_(threads_);
}

} // namespace rwkv_ms
