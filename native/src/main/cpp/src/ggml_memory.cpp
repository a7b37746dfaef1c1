#include "ggml_memory.h"

#include <algorithm>

#include "error.h"

namespace rwkv_ms {

namespace {

// Tokens of one graph run. Large enough that the work per graph node hides its fixed cost, small enough that a run's
// hidden states stay in the second-level cache.
constexpr int64_t kMicrobatch = 64;
// Numbers of tokens below kMicrobatch are split into a multiple of this and a remainder, so that a layer has at most
// kMicrobatch / kStep + kStep graphs, whatever lengths a caller uses.
constexpr int64_t kStep = 8;

int64_t next_microbatch(int64_t tokens_left) {
    if (tokens_left >= kMicrobatch) return kMicrobatch;
    return tokens_left < kStep ? tokens_left : tokens_left / kStep * kStep;
}

} // namespace

struct GgmlMemory::Graphs {
    Graphs(const Engine &engine, const Config &config, const LayerWeights &weights, int64_t n_tokens)
        : features(engine, config, weights, n_tokens), readout(engine, config, weights, n_tokens) {}

    size_t result_bytes(size_t alignment) const {
        return features.graph.result_bytes(alignment) + readout.graph.result_bytes(alignment);
    }

    void place(ggml_backend_buffer_t memory) {
        features.graph.place(memory, 0);
        readout.graph.place(memory, features.graph.result_bytes(ggml_backend_buffer_get_alignment(memory)));
        for (size_t head = 0; head < 4; ++head) {
            if (readout.deltas[head] != nullptr) own_deltas[head] = static_cast<float *>(readout.deltas[head]->data);
        }
    }

    FeatureGraph features;
    ReadoutGraph readout;
    std::array<float *, 4> own_deltas = {}; // where a delta goes that the caller does not want
};

GgmlMemory::GgmlMemory(const Sidecar &sidecar, int32_t read_top_k)
    : sidecar_(sidecar), config_([&] {
          Config config = sidecar.config();
          if (read_top_k >= 0) config.read_top_k = read_top_k;
          return config;
      }()),
      engine_(sidecar.backend()), graphs_(config_.layers.size()), scan_(config_),
      predecessor_(static_cast<size_t>(config_.rank)) {
    reserve_results();
    const size_t d = static_cast<size_t>(config_.rank * kMicrobatch),
                 k = static_cast<size_t>(config_.num_states * kMicrobatch);
    scan_floats_.resize(4 * d + 2 * k);
    scan_slots_.resize(static_cast<size_t>(kMicrobatch));
    float *at = scan_floats_.data();
    for (float **rows : {&scan_output_.w_decay, &scan_output_.keep, &scan_output_.erase, &scan_output_.write}) {
        *rows = at;
        at += d;
    }
    scan_output_.read_routes = at;
    scan_output_.write_routes = at + k;
    scan_output_.slot_indices = scan_slots_.data();
}

// The largest graphs decide how much memory the results of any graph need.
void GgmlMemory::reserve_results() {
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

GgmlMemory::Graphs &GgmlMemory::graphs(size_t index, int64_t n_tokens) {
    std::unique_ptr<Graphs> &entry = graphs_[index][n_tokens];
    if (entry == nullptr) {
        auto made = std::make_unique<Graphs>(engine_, config_, sidecar_.weights(index), n_tokens);
        made->place(results_.get());
        entry = std::move(made);
    }
    return *entry;
}

GgmlMemory::~GgmlMemory() = default;

void GgmlMemory::forward(const Call &call, LayerState &state) {
    const DeltaWidths &widths = sidecar_.weights(call.index).widths;
    const int64_t d = config_.rank, n_tokens = call.n_tokens;
    for (int64_t left = n_tokens; left > 0; left -= next_microbatch(left)) graphs(call.index, next_microbatch(left));
    std::unique_ptr<Taps> taps;
    if (call.taps) taps = std::make_unique<Taps>(config_, widths, n_tokens, call.step_trace);

    if (call.legacy)
        std::fill(predecessor_.begin(), predecessor_.end(), 0.0f);
    else
        std::copy(state.source.begin(), state.source.end(), predecessor_.begin());

    for (int64_t token = 0, n = 0; token < n_tokens; token += n) {
        n = next_microbatch(n_tokens - token);
        Graphs &run = graphs(call.index, n);
        const uint8_t *valid = call.mask != nullptr ? call.mask + token : nullptr;

        // Predecessors are rows of history: 0 is the row before this microbatch, i + 1 its own token i.
        FeatureGraph &features = run.features;
        float *history = static_cast<float *>(features.history->data);
        int32_t *before = static_cast<int32_t *>(features.predecessor->data);
        int32_t last_valid = 0;
        for (int32_t i = 0; i < n; ++i) {
            before[i] = call.legacy ? i : last_valid;
            if (valid == nullptr || valid[i] != 0) last_valid = i + 1;
        }
        std::copy(predecessor_.begin(), predecessor_.end(), history);
        features.hidden->data = const_cast<float *>(call.hidden + token * config_.hidden_size); // read only
        features.with_queries = taps != nullptr;
        features.graph.run();
        if (last_valid != 0) std::copy_n(history + last_valid * d, d, state.source.begin());
        std::copy_n(history + (call.legacy ? n : last_valid) * d, d, predecessor_.begin());

        const auto values = [](const ggml_tensor *tensor) {
            return tensor != nullptr ? static_cast<const float *>(tensor->data) : nullptr;
        };
        const ScanInput scan_input{n,
                                   values(features.r),
                                   values(features.w),
                                   values(features.k),
                                   values(features.v),
                                   values(features.a),
                                   values(features.b),
                                   values(features.beta),
                                   values(features.lambda),
                                   valid};
        ReadoutGraph &readout = run.readout;
        ScanOutput scan_output = scan_output_;
        scan_output.raw_reads = static_cast<float *>(readout.raw_reads->data);
        const StepTrace trace = taps != nullptr ? taps->step_trace(token) : StepTrace{};
        scan_.run(scan_input, state.state.data(), state.position, scan_output,
                  trace.state_before != nullptr ? &trace : nullptr);

        // A masked token's gate is closed too: its reads are zero even if feature_g is not finite.
        float *gate = static_cast<float *>(readout.gate->data);
        for (int64_t i = 0; i < n; ++i) {
            if (valid == nullptr || valid[i] != 0)
                std::copy_n(values(features.g) + i * d, d, gate + i * d);
            else
                std::fill_n(gate + i * d, d, 0.0f);
        }
        for (size_t head = 0; head < 4; ++head) {
            if (readout.deltas[head] == nullptr) continue;
            readout.deltas[head]->data =
                call.deltas[head] != nullptr ? call.deltas[head] + token * widths[head] : run.own_deltas[head];
        }
        readout.graph.run();
        if (taps != nullptr) {
            taps->record(features, token, n);
            taps->record(scan_output, token, n);
            taps->record(readout, token, n);
        }
    }
    if (taps != nullptr) {
        taps->record_final(state.state.data(), state.source.data(), state.position);
        taps_ = std::move(taps);
    }
}

Tap GgmlMemory::tap(const std::string &name) {
    const Taps::Tensor &tensor = taps_->find(name);
    const bool integers = !tensor.integers.empty();
    return {taps_->dims(name), integers ? nullptr : tensor.floats.get(), integers ? tensor.integers.data() : nullptr,
            integers ? tensor.integers.size() : tensor.count};
}

} // namespace rwkv_ms
