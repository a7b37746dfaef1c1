// One sequence: the state of every target layer, and the rules by which a forward pass advances it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "library.h"

namespace rwkv_ms {

// The llama.cpp context that a context is attached to.
class Host {
public:
    virtual ~Host() = default;
    // Before the state is read: keeps or drops the pending microbatch of the last decode, as the host's memory did.
    // Throws the fault that stopped a decode, and RWKV_MS_E_HOST_STEP if the two sides are at different positions.
    virtual void settle() = 0;
    // The same without looking for faults, where the host's memory still shows what it kept: before either side is replaced.
    virtual void resolve() = 0;
    // Positions in the host's memory: its last one plus 1.
    virtual int64_t positions() const = 0;
    // The state was replaced by one that fits the host's memory: nothing is pending, no fault remains.
    virtual void forget() = 0;
    // Clears the host's memory, the pending microbatch and the fault.
    virtual void clear() = 0;
};

// A model, and the library that it needs.
struct SharedModel {
    std::shared_ptr<const RuntimeLibrary> library;
    std::shared_ptr<const RuntimeModel> model;
    bool base_checked = false; // it was opened with a base file whose SHA-256 is the one in the sidecar

    // Index of a layer among the target layers, or RWKV_MS_E_NO_LAYER.
    size_t index_of(int32_t layer) const;
};

class Context {
public:
    // The memory is the model's.
    Context(const SharedModel &model, std::unique_ptr<RuntimeMemory> memory);

    void reset();
    // A failure changes nothing.
    void forward(Call call, bool read_only);
    // The same for valid tokens without changing this context's state: the new state goes to next.
    void forward(int32_t layer, const float *hidden, int32_t n_tokens, const std::array<float *, 4> &deltas,
                 LayerState &next);
    Tap tap(const std::string &name);
    std::string places() const { return memory_->places(); }

    const Description &description() const { return model_.model->description(); }
    const Config &config() const { return description().config; }
    bool base_checked() const { return model_.base_checked; }
    size_t index_of(int32_t layer) const { return model_.index_of(layer); }
    LayerState &layer(int32_t layer) { return states_[index_of(layer)]; }
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
    void compute(const Call &call, LayerState &next);

    const SharedModel model_;
    const std::unique_ptr<RuntimeMemory> memory_;
    std::vector<LayerState> states_; // in the order of the target layers
    LayerState next_;                // what the running forward makes of a layer's state
    bool tapped_ = false;
    Host *host_ = nullptr;
};

} // namespace rwkv_ms
