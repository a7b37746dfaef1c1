// A library of ggml for a device CUDA0 whose driver does not fit. It fails as ggml-cuda does: in the way that the name of its
// own file gives, so that copies of one build are many libraries. Until then it is ggml's code for the processor, with a few
// functions replaced. The structs are those of ggml's interface for libraries, version 2, as measured on the binary.
#include <cstring>
#include <string>

#include <dlfcn.h>

#include "ggml-backend.h"
#include "ggml.h"

namespace {

constexpr int kInterface = 2;
constexpr int kSmall = 2; // nodes

struct Device {
    const char *(*get_name)(Device *);
    const char *(*get_description)(Device *);
    void (*get_memory)(Device *, size_t *, size_t *);
    enum ggml_backend_dev_type (*get_type)(Device *);
    void *get_props;
    ggml_backend_t (*init)(Device *, const char *);
    void *others[11];
};

struct Registry {
    int version;
    const char *(*get_name)(Registry *);
    size_t (*get_count)(Registry *);
    Device *(*get_device)(Registry *, size_t);
    void *others[2];
};

struct Stream {
    void *before[13];
    enum ggml_status (*compute)(Stream *, ggml_cgraph *);
};

std::string here() {
    static const int anchor = 0;
    Dl_info info;
    return dladdr(&anchor, &info) != 0 ? info.dli_fname : "";
}

bool is(const char *word) { return here().find(word) != std::string::npos; }

// ggml's own code logs its errors by a callback that the host may have replaced.
void log(const char *text) {
    ggml_log_callback callback = nullptr;
    void *data = nullptr;
    ggml_log_get(&callback, &data);
    callback(GGML_LOG_LEVEL_ERROR, text, data);
}

[[noreturn]] enum ggml_status fail() {
    log("CUDA error: the provided PTX was compiled with an unsupported toolchain.\n");
    log("  current device: 0, in function ggml_cuda_compute_forward at ggml-cuda.cu:3133\n");
    log("  err\n");
    ggml_abort("ggml-cuda.cu", 104, "CUDA error");
}

Device *processor = nullptr;
Device device;
enum ggml_status (*compute_of_processor)(Stream *, ggml_cgraph *) = nullptr;

ggml_backend_t init(Device *, const char *params) {
    ggml_backend_t made = processor->init(processor, params);
    auto *const stream = reinterpret_cast<Stream *>(made);
    compute_of_processor = stream->compute;
    stream->compute = [](Stream *self, ggml_cgraph *graph) {
        // What a first look computes is small.
        return is("-later") && ggml_graph_n_nodes(graph) <= kSmall ? compute_of_processor(self, graph) : fail();
    };
    return made;
}

// The code for the processor that lies beside this library.
Registry *registry_of_processor() {
    const std::string path = here();
    void *const library = dlopen((path.substr(0, path.rfind('/') + 1) + FAKE_PROCESSOR).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return nullptr;
    return reinterpret_cast<Registry *(*)()>(dlsym(library, "ggml_backend_init"))();
}

} // namespace

extern "C" __attribute__((visibility("default"))) void *ggml_backend_init() {
    if (is("-registration")) fail();
    Registry *const plain = registry_of_processor();
    if (plain == nullptr || plain->version != kInterface) return nullptr;
    static Registry registry;
    std::memcpy(&registry, plain, sizeof registry);
    registry.get_name = [](Registry *) { return "CUDA"; };
    registry.get_count = [](Registry *) -> size_t {
        if (!is("-absent")) return 1;
        log("ggml_cuda_init: failed to initialize CUDA: CUDA driver version is insufficient for CUDA runtime version\n");
        return 0;
    };
    registry.get_device = [](Registry *, size_t) { return &device; };
    processor = plain->get_device(plain, 0);
    std::memcpy(&device, processor, sizeof device);
    device.get_name = [](Device *) { return "CUDA0"; };
    device.get_description = [](Device *) { return "a card with an old driver"; };
    device.get_type = [](Device *) { return GGML_BACKEND_DEVICE_TYPE_GPU; };
    device.init = init;
    return &registry;
}
