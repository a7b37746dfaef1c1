#include "ggml_memory.h"

#include <algorithm>

#include "error.h"

namespace rwkv_ms {

GgmlMemory::GgmlMemory(const Sidecar &sidecar, int32_t read_top_k, const MakeStages &stages)
    : sidecar_(sidecar), config_([&] {
          Config config = sidecar.config();
          if (read_top_k >= 0) config.read_top_k = read_top_k;
          return config;
      }()),
      stages_(stages(config_)), scan_(config_), predecessor_(static_cast<size_t>(config_.rank)) {
    const size_t most = static_cast<size_t>(stages_->most()), d = static_cast<size_t>(config_.rank) * most,
                 k = static_cast<size_t>(config_.num_states) * most;
    scan_floats_.resize(4 * d + 2 * k);
    scan_slots_.resize(most);
    float *at = scan_floats_.data();
    for (float **rows : {&scan_output_.w_decay, &scan_output_.keep, &scan_output_.erase, &scan_output_.write}) {
        *rows = at;
        at += d;
    }
    scan_output_.read_routes = at;
    scan_output_.write_routes = at + k;
    scan_output_.slot_indices = scan_slots_.data();
}

void GgmlMemory::forward(const Call &call, LayerState &state) {
    const DeltaWidths &widths = sidecar_.weights(call.index).widths;
    const int64_t d = config_.rank, n_tokens = call.n_tokens;
    for (int64_t left = n_tokens; left > 0; left -= stages_->next(left))
        stages_->microbatch(call.index, stages_->next(left));
    std::unique_ptr<Taps> taps;
    if (call.taps) taps = std::make_unique<Taps>(config_, widths, n_tokens, call.step_trace);

    if (call.legacy)
        std::fill(predecessor_.begin(), predecessor_.end(), 0.0f);
    else
        std::copy(state.source.begin(), state.source.end(), predecessor_.begin());

    for (int64_t token = 0, n = 0; token < n_tokens; token += n) {
        n = stages_->next(n_tokens - token);
        Microbatch &run = stages_->microbatch(call.index, n);
        const uint8_t *valid = call.mask != nullptr ? call.mask + token : nullptr;

        int32_t last_valid = 0;
        for (int32_t i = 0; i < n; ++i) {
            run.before[i] = call.legacy ? i : last_valid;
            if (valid == nullptr || valid[i] != 0) last_valid = i + 1;
        }
        std::copy(predecessor_.begin(), predecessor_.end(), run.predecessor);
        const FeatureValues made = run.features(call.hidden + token * config_.hidden_size, taps != nullptr);
        const auto source = [&](int64_t row) { return made.source.data + (row - 1) * d; };
        if (last_valid != 0) std::copy_n(source(last_valid), d, state.source.begin());
        if (call.legacy || last_valid != 0)
            std::copy_n(source(call.legacy ? n : last_valid), d, predecessor_.begin());

        const ScanInput scan_input{n,           made.r.data, made.w.data,    made.k.data,      made.v.data,
                                   made.a.data, made.b.data, made.beta.data, made.lambda.data, valid};
        ScanOutput scan_output = scan_output_;
        scan_output.raw_reads = run.raw_reads;
        const StepTrace trace = taps != nullptr ? taps->step_trace(token) : StepTrace{};
        scan_.run(scan_input, state.state.data(), state.position, scan_output,
                  trace.state_before != nullptr ? &trace : nullptr);

        // A masked token's gate is closed too: its reads are zero even if feature_g is not finite.
        for (int64_t i = 0; i < n; ++i) {
            if (valid == nullptr || valid[i] != 0)
                std::copy_n(made.g.data + i * d, d, run.gate + i * d);
            else
                std::fill_n(run.gate + i * d, d, 0.0f);
        }
        std::array<float *, 4> deltas = {};
        for (const size_t head : kEachHead) {
            if (call.deltas[head] != nullptr) deltas[head] = call.deltas[head] + token * widths[head];
        }
        const ReadoutValues read = run.readout(deltas);
        if (taps != nullptr) {
            taps->record(made, token, n);
            taps->record(scan_output, token, n);
            taps->record(read, token, n);
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
