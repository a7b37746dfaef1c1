// librwkv_ms like a fork that may have written results when it fails, so that the boundary copies the results.
#include "../../main/cpp/src/ggml_library.h"

namespace rwkv_ms {

namespace {

class CarelessLibrary : public GgmlLibrary {
public:
    using GgmlLibrary::GgmlLibrary;
    bool writes_on_success_alone() const override { return false; }
};

} // namespace

std::unique_ptr<RuntimeLibrary> make_library(const rwkv_ms_runtime_params &params) {
    return std::make_unique<CarelessLibrary>(params);
}

const char *library_version() { return RWKV_MS_VERSION; }

} // namespace rwkv_ms
