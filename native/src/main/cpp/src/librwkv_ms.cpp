// Puts this suite's own runtime behind the boundary.
#include "ggml_library.h"

namespace rwkv_ms {

std::unique_ptr<RuntimeLibrary> make_library(const rwkv_ms_runtime_params &params) {
    return std::make_unique<GgmlLibrary>(params);
}

const char *library_version() { return RWKV_MS_VERSION; }

} // namespace rwkv_ms
