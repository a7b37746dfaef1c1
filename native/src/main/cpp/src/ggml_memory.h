// The forward pass of one sequence by ggml's graphs and the scan.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "backend.h"
#include "graphs.h"
#include "library.h"
#include "scan.h"
#include "sidecar.h"
#include "taps.h"

namespace rwkv_ms {

class GgmlMemory : public Memory {
public:
    // The sidecar outlives it. read_top_k: -1 for the sidecar's.
    GgmlMemory(const Sidecar &sidecar, int32_t read_top_k);
    ~GgmlMemory() override;

    // Everything that can fail comes before the first result.
    void forward(const Call &call, LayerState &state) override;
    Tap tap(const std::string &name) override;

private:
    struct Graphs;
    Graphs &graphs(size_t index, int64_t n_tokens);
    void reserve_results();

    const Sidecar &sidecar_;
    Config config_;
    Engine engine_;
    GgmlBuffer results_; // what a graph computes; every graph of this memory uses the same place
    std::vector<std::map<int64_t, std::unique_ptr<Graphs>>> graphs_; // by layer index and number of tokens
    Scan scan_;
    std::vector<float> predecessor_; // [D], the row before the microbatch
    std::vector<float> scan_floats_;
    std::vector<int64_t> scan_slots_;
    ScanOutput scan_output_;
    std::unique_ptr<Taps> taps_; // of the last forward with taps
};

} // namespace rwkv_ms
