#include "context.h"

#include <algorithm>
#include <utility>

#include "boundary.h"

namespace rwkv_ms {

size_t SharedModel::index_of(int32_t layer) const {
    const std::vector<int32_t> &layers = model->description().config.layers;
    const auto found = std::lower_bound(layers.begin(), layers.end(), layer);
    require(found != layers.end() && *found == layer, RWKV_MS_E_NO_LAYER,
            "layer ", layer, ": expected a target layer of the sidecar");
    return static_cast<size_t>(found - layers.begin());
}

Context::Context(const SharedModel &model, std::unique_ptr<RuntimeMemory> memory)
    : model_(model), memory_(std::move(memory)) {
    next_.state.resize(static_cast<size_t>(config().state_values()));
    next_.source.resize(static_cast<size_t>(config().width()));
    states_.assign(config().layers.size(), next_);
}

void Context::reset() {
    for (LayerState &layer : states_) {
        std::fill(layer.state.begin(), layer.state.end(), 0.0f);
        std::fill(layer.source.begin(), layer.source.end(), 0.0f);
        layer.position = 0;
    }
    tapped_ = false;
}

int64_t Context::position() const {
    int64_t highest = 0;
    for (const LayerState &layer : states_) highest = std::max(highest, layer.position);
    return highest;
}

void Context::compute(const Call &call, LayerState &next) {
    const size_t index = call.index;
    require(states_[index].position <= INT64_MAX - call.n_tokens, RWKV_MS_E_ARGUMENT, "layer ", call.layer,
            ": position ", states_[index].position, " + ", call.n_tokens, " tokens is beyond 64 bits");
    next = states_[index];
    memory_->forward(call, next);
}

void Context::forward(int32_t layer, const float *hidden, int32_t n_tokens, const std::array<float *, 4> &deltas,
                      LayerState &next) {
    compute({layer, index_of(layer), hidden, nullptr, n_tokens, false, false, false, deltas}, next);
}

void Context::forward(Call call, bool read_only) {
    const size_t index = call.index;
    const DeltaWidths &widths = description().widths[index];
    Results results(model_.library->writes_on_success_alone());
    for (const size_t head : kEachHead)
        call.deltas[head] = results.beside(call.deltas[head], static_cast<size_t>(call.n_tokens * widths[head]));
    compute(call, next_);
    results.deliver();
    tapped_ = tapped_ || call.taps;
    if (!read_only) std::swap(states_[index], next_);
}

Tap Context::tap(const std::string &name) {
    require(tapped_, RWKV_MS_E_NO_TAP, "tap '", name, "': no forward with RWKV_MS_FORWARD_TAPS yet");
    return memory_->tap(name);
}

} // namespace rwkv_ms
