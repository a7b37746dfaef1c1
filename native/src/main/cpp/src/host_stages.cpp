#include "host_stages.h"

#include <algorithm>

#include "error.h"
#include "graphs.h"

namespace rwkv_ms {

namespace {

// Tokens of one graph run. Large enough that the work per graph node hides its fixed cost, small enough that a run's
// hidden states stay in the second-level cache.
constexpr int64_t kMicrobatch = 64;
// Numbers of tokens below kMicrobatch are split into a multiple of this and a remainder, so that a layer has at most
// kMicrobatch / kStep + kStep graphs, whatever lengths a caller uses.
constexpr int64_t kStep = 8;

} // namespace

class HostStages::Graphs : public Microbatch {
public:
    Graphs(const Engine &engine, const Config &config, const LayerWeights &weights, int64_t n_tokens)
        : features_(engine, config, weights, n_tokens), readout_(engine, config, weights, n_tokens) {}

    size_t result_bytes(size_t alignment) const {
        return features_.graph.result_bytes(alignment) + readout_.graph.result_bytes(alignment);
    }

    void place(ggml_backend_buffer_t memory) {
        features_.graph.place(memory, 0);
        readout_.graph.place(memory, features_.graph.result_bytes(ggml_backend_buffer_get_alignment(memory)));
        predecessor = static_cast<float *>(features_.history->data);
        before = static_cast<int32_t *>(features_.predecessor->data);
        raw_reads = static_cast<float *>(readout_.raw_reads->data);
        gate = static_cast<float *>(readout_.gate->data);
        for (const size_t head : kEachHead) {
            if (readout_.deltas[head] != nullptr) own_deltas_[head] = static_cast<float *>(readout_.deltas[head]->data);
        }
    }

    FeatureValues features(const float *hidden, bool with_queries) override {
        FeatureGraph &f = features_;
        f.hidden->data = const_cast<float *>(hidden); // read only
        f.with_queries = with_queries;
        f.graph.run();
        return {rows_of(f.query), rows_of(f.key), rows_of(f.source), rows_of(f.beta), rows_of(f.lambda), rows_of(f.r),
                rows_of(f.w),     rows_of(f.k),   rows_of(f.v),      rows_of(f.a),    rows_of(f.b),      rows_of(f.g)};
    }

    ReadoutValues readout(const std::array<float *, 4> &deltas) override {
        for (const size_t head : kEachHead) {
            if (readout_.deltas[head] != nullptr)
                readout_.deltas[head]->data = deltas[head] != nullptr ? deltas[head] : own_deltas_[head];
        }
        readout_.graph.run();
        ReadoutValues values;
        values.reads = rows_of(readout_.reads);
        for (const size_t head : kEachHead) values.deltas[head] = rows_of(readout_.deltas[head]);
        return values;
    }

private:
    FeatureGraph features_;
    ReadoutGraph readout_;
    std::array<float *, 4> own_deltas_ = {}; // where a delta goes that the caller does not want
};

HostStages::HostStages(const Sidecar &sidecar, const Config &config)
    : sidecar_(sidecar), config_(config), engine_(sidecar.backend()), graphs_(config.layers.size()) {
    reserve_results();
}

HostStages::~HostStages() = default;

int64_t HostStages::next(int64_t tokens_left) const {
    if (tokens_left >= kMicrobatch) return kMicrobatch;
    return tokens_left < kStep ? tokens_left : tokens_left / kStep * kStep;
}

int64_t HostStages::most() const { return kMicrobatch; }

// The largest graphs decide how much memory the results of any graph need.
void HostStages::reserve_results() {
    const size_t alignment = ggml_backend_buft_get_alignment(sidecar_.backend().memory());
    size_t bytes = 0;
    for (size_t index = 0; index < graphs_.size(); ++index) {
        auto made = std::make_unique<Graphs>(engine_, config_, sidecar_.weights(index), kMicrobatch);
        bytes = std::max(bytes, made->result_bytes(alignment));
        graphs_[index].emplace(kMicrobatch, std::move(made));
    }
    results_.reset(ggml_backend_buft_alloc_buffer(sidecar_.backend().memory(), bytes));
    require(results_ != nullptr, RWKV_MS_E_MEMORY, "ggml has no ", bytes,
            " bytes for the results of a context's graphs");
    for (auto &of_layer : graphs_) of_layer.at(kMicrobatch)->place(results_.get());
}

Microbatch &HostStages::microbatch(size_t index, int64_t n_tokens) {
    std::unique_ptr<Graphs> &entry = graphs_[index][n_tokens];
    if (entry == nullptr) {
        auto made = std::make_unique<Graphs>(engine_, config_, sidecar_.weights(index), n_tokens);
        made->place(results_.get());
        entry = std::move(made);
    }
    return *entry;
}

} // namespace rwkv_ms
