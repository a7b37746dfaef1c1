// Where a fork starts: every function exists and none is implemented yet. gate runtime probe lists them all.
#include "../src/library.h"

namespace rwkv_ms {

namespace {

class Nothing : public RuntimeLibrary {
public:
    std::string build_info() const override { return R"({"library":"stub","abi":2})"; }

    std::unique_ptr<RuntimeModel> open(const std::string &path, const std::string &) const override {
        fail(RWKV_MS_E_UNSUPPORTED, path, ": this runtime opens no sidecar yet");
    }

    void scan(const rwkv_ms_config &, const rwkv_ms_scan_input &, rwkv_ms_scan_output &) const override {
        fail(RWKV_MS_E_UNSUPPORTED, "rwkv_ms_scan: this runtime has no scan of its own yet");
    }
};

} // namespace

std::unique_ptr<RuntimeLibrary> make_library(const rwkv_ms_runtime_params &) { return std::make_unique<Nothing>(); }

const char *library_version() { return "0.0.0"; }

} // namespace rwkv_ms
