// This suite's own runtime, over ggml.
#pragma once

#include "backend.h"
#include "library.h"

namespace rwkv_ms {

class GgmlLibrary : public RuntimeLibrary {
public:
    explicit GgmlLibrary(const rwkv_ms_runtime_params &params);

    std::string build_info() const override { return backend_.build_info(); }
    std::unique_ptr<RuntimeModel> open(const std::string &path, const std::string &base) const override;
    void check_scan(const rwkv_ms_config &config) const override;
    void scan(const rwkv_ms_config &config, const rwkv_ms_scan_input &input,
              rwkv_ms_scan_output &output) const override;
    bool writes_on_success_alone() const override { return true; }

private:
    Backend backend_;
};

} // namespace rwkv_ms
