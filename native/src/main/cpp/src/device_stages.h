// The stages around the scan on any device of ggml, as graphs of ggml's own operations in float32: what a fork does
// that has no projections in double. docs/devices.md says how near that comes.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "settings.h"
#include "sidecar.h"
#include "staged_graph.h"
#include "stages.h"

namespace rwkv_ms {

class DeviceStages : public Stages {
public:
    // Sidecar and configuration outlive it. Every graph has exactly so many tokens: rows that a microbatch lacks are
    // zeros. RWKV_MS_E_UNSUPPORTED if the device lacks an operation, with the stages that need it.
    DeviceStages(const Sidecar &sidecar, const Config &config, const std::string &device, int64_t n_tokens,
                 bool precise);
    ~DeviceStages() override;

    int64_t next(int64_t tokens_left) const override;
    int64_t most() const override { return n_tokens_; }
    Microbatch &microbatch(size_t index, int64_t n_tokens) override;
    std::string places() const override;

private:
    class Graphs;

    const DeviceStream stream_;
    const int64_t n_tokens_;
    ByStage places_;                              // buffer types
    std::vector<std::unique_ptr<Graphs>> graphs_; // by layer index
};

} // namespace rwkv_ms
