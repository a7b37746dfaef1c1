// The forward pass of one sequence: the scan, and around it stages that ggml computes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "library.h"
#include "scan.h"
#include "sidecar.h"
#include "stages.h"
#include "taps.h"

namespace rwkv_ms {

class GgmlMemory : public RuntimeMemory {
public:
    using MakeStages = std::function<std::unique_ptr<Stages>(const Config &)>;
    // The sidecar outlives it. read_top_k: -1 for the sidecar's.
    GgmlMemory(const Sidecar &sidecar, int32_t read_top_k, const MakeStages &stages);

    // Everything that can fail comes before the first result, but for a device that stops to compute.
    void forward(const Call &call, LayerState &state) override;
    Tap tap(const std::string &name) override;
    std::string places() const override { return stages_->places(); }

private:
    const Sidecar &sidecar_;
    Config config_;
    const std::unique_ptr<Stages> stages_;
    Scan scan_;
    std::vector<float> predecessor_; // [D], the row before the microbatch
    std::vector<float> scan_floats_;
    std::vector<int64_t> scan_slots_;
    ScanOutput scan_output_;
    std::unique_ptr<Taps> taps_; // of the last forward with taps
};

} // namespace rwkv_ms
