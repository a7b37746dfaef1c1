// One sequence: the state of every target layer, and the forward pass that advances it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "backend.h"
#include "graphs.h"
#include "scan.h"
#include "sidecar.h"
#include "state.h"
#include "taps.h"

namespace rwkv_ms {

// The llama.cpp context that a context is attached to.
class Host {
public:
    virtual ~Host() = default;
    // Before the state is read: keeps or drops what the last decode left undecided, as the host's memory has it. Throws
    // the fault that stopped a decode, and RWKV_MS_E_HOST_STEP where the two sides are not at the same position.
    virtual void settle() = 0;
    // Positions in the host's memory: its last one plus 1.
    virtual int64_t positions() const = 0;
    // The state has been replaced by one that fits the host's memory: nothing is undecided, no fault remains.
    virtual void forget() = 0;
    // Empties the host's memory, and forgets.
    virtual void clear() = 0;
};

class Context {
public:
    // read_top_k: -1 for the sidecar's.
    Context(std::shared_ptr<const Sidecar> sidecar, int32_t read_top_k);
    ~Context();

    void reset();
    // hidden [n_tokens, H]; mask nullptr or n_tokens bytes; deltas q, k, v, o, each nullptr or [n_tokens, width].
    // Either all of it happens or nothing does: everything that can fail comes before the first result.
    void forward(int32_t layer, const float *hidden, const uint8_t *mask, int32_t n_tokens, uint32_t flags,
                 const std::array<float *, 4> &deltas);
    // The same of valid tokens without touching this context's state: what it would become goes to next.
    void forward(int32_t layer, const float *hidden, int32_t n_tokens, const std::array<float *, 4> &deltas,
                 LayerState &next);
    // nullptr before the first forward with taps.
    const Taps *taps() const { return taps_.get(); }

    const Sidecar &sidecar() const { return *sidecar_; }
    const Config &config() const { return config_; }
    LayerState &layer(int32_t layer) { return states_[sidecar_->index_of(layer)]; }
    std::vector<LayerState> &layers() { return states_; }
    // The highest position of a layer.
    int64_t position() const;

    // The host while attached, else nullptr.
    Host *host() const { return host_; }
    void attach(Host *host) { host_ = host; }
    void settle() const {
        if (host_ != nullptr) host_->settle();
    }

private:
    struct Graphs;
    Graphs &graphs(size_t index, int64_t n_tokens);
    void reserve_results();

    std::shared_ptr<const Sidecar> sidecar_;
    Config config_;
    Engine engine_;
    GgmlBuffer results_; // what a graph computes; every graph of this context uses the same memory
    std::vector<std::map<int64_t, std::unique_ptr<Graphs>>> graphs_; // by layer index and number of tokens
    Scan scan_;
    std::vector<LayerState> states_; // beside the sidecar's layers
    LayerState next_;                // what the running forward makes of a layer's state
    std::vector<float> predecessor_; // [D], the row before the microbatch
    std::vector<float> scan_floats_;
    std::vector<int64_t> scan_slots_;
    ScanOutput scan_output_;
    std::unique_ptr<Taps> taps_;
    Host *host_ = nullptr;
};

} // namespace rwkv_ms
