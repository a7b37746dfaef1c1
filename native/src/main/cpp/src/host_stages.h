// The stages around the scan on the processor, as graphs.h has them: the default, with sums in double up to the scan.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "backend.h"
#include "settings.h"
#include "sidecar.h"
#include "stages.h"

namespace rwkv_ms {

class HostStages : public Stages {
public:
    // Both outlive it.
    HostStages(const Sidecar &sidecar, const Config &config);
    ~HostStages() override;

    int64_t next(int64_t tokens_left) const override;
    int64_t most() const override;
    Microbatch &microbatch(size_t index, int64_t n_tokens) override;

private:
    class Graphs;
    void reserve_results();

    const Sidecar &sidecar_;
    const Config &config_;
    Engine engine_;
    GgmlBuffer results_; // what a graph computes; every graph of this memory uses the same place
    std::vector<std::map<int64_t, std::unique_ptr<Graphs>>> graphs_; // by layer index and number of tokens
};

} // namespace rwkv_ms
