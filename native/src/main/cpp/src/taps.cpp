#include "taps.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "error.h"

namespace rwkv_ms {

namespace {

constexpr const char *kDeltaNames[] = {"delta_q", "delta_k", "delta_v", "delta_o"};

// Names of one tensor under another shape: memory_v is the source, and x_heads is feature_x seen per head.
std::string stored_name(const std::string &name) {
    if (name == "memory_v") return "memory_source";
    if (name == "read_routes") return "read_routes_per_head"; // the mean over one head
    const size_t heads = name.find("_heads");
    if (heads == 1 && name.size() == 7 && std::string("rwkvab").find(name[0]) != std::string::npos)
        return "feature_" + name.substr(0, 1);
    return name;
}

size_t count_of(const std::vector<int64_t> &dims) {
    return static_cast<size_t>(std::accumulate(dims.begin(), dims.end(), int64_t{1}, std::multiplies<>()));
}

} // namespace

Taps::Taps(const Config &config, const DeltaWidths &widths, int64_t n_tokens, bool step_trace)
    : config_(config), n_tokens_(n_tokens), step_trace_(step_trace) {
    const int64_t t = n_tokens, d = config.rank, k = config.num_states, g = config.gates();
    for (const char *name : {"memory_q", "memory_k", "memory_source", "feature_r", "feature_w", "feature_k",
                             "feature_v", "feature_a", "feature_b", "feature_g", "raw_reads", "reads"}) {
        add_floats(name, {1, t, d});
    }
    for (const char *name : {"beta", "lambda"}) add_floats(name, {1, t, g, 1});
    for (const char *name : {"w_decay", "keep", "erase", "write"}) add_floats(name, {1, t, 1, d});
    add_floats("read_routes_per_head", {1, t, 1, k});
    add_floats("write_routes", {1, t, k});
    add_integers("slot_indices", {1, t});
    for (const size_t head : kEachHead) {
        if ((config.delta_heads >> head & 1) != 0) add_floats(kDeltaNames[head], {1, t, widths[head]});
    }
    add_floats("final_state", {1, 1, k, d, d});
    add_floats("final_previous_source", {1, d});
    add_integers("final_positions", {1});
    if (step_trace) {
        for (const char *name : {"state_before", "candidate_state", "state_after"})
            add_floats(name, {1, t, 1, k, d, d});
        add_floats("slot_reads", {1, t, 1, k, d});
        add_floats("read_scores", {1, t, 1, k});
        for (const char *name : {"positions_before", "positions_after"}) add_integers(name, {1, t});
    }
}

void Taps::add_floats(const std::string &name, std::vector<int64_t> dims) {
    Tensor &tensor = tensors_[name];
    tensor.count = count_of(dims);
    tensor.floats.reset(new float[tensor.count]);
    tensor.dims = std::move(dims);
}

void Taps::add_integers(const std::string &name, std::vector<int64_t> dims) {
    Tensor &tensor = tensors_[name];
    tensor.integers.resize(count_of(dims));
    tensor.dims = std::move(dims);
}

// Where a token's values of a [1, T, ...] tensor start.
float *Taps::at(const char *name, int64_t token) {
    const Tensor &tensor = tensors_.find(name)->second;
    return tensor.floats.get() + token * (static_cast<int64_t>(tensor.count) / n_tokens_);
}

void Taps::put(const char *name, const Rows &rows, int64_t token, int64_t n) {
    float *out = at(name, token);
    for (int64_t t = 0; t < n; ++t)
        std::copy_n(rows.data + t * static_cast<int64_t>(rows.stride), rows.width,
                    out + t * static_cast<int64_t>(rows.width));
}

StepTrace Taps::step_trace(int64_t token) {
    StepTrace trace;
    if (!step_trace_) return trace;
    trace.state_before = at("state_before", token);
    trace.candidate_state = at("candidate_state", token);
    trace.state_after = at("state_after", token);
    trace.slot_reads = at("slot_reads", token);
    trace.read_scores = at("read_scores", token);
    trace.positions_before = tensors_.find("positions_before")->second.integers.data() + token;
    trace.positions_after = tensors_.find("positions_after")->second.integers.data() + token;
    return trace;
}

void Taps::record(const FeatureValues &features, int64_t token, int64_t n) {
    const std::pair<const char *, Rows> rows[] = {
        {"memory_q", features.query}, {"memory_k", features.key}, {"memory_source", features.source},
        {"beta", features.beta},      {"feature_r", features.r},  {"feature_w", features.w},
        {"feature_k", features.k},    {"feature_v", features.v},  {"feature_a", features.a},
        {"feature_b", features.b},    {"feature_g", features.g}};
    for (const auto &[name, row] : rows) put(name, row, token, n);
    if (features.lambda.data != nullptr)
        put("lambda", features.lambda, token, n);
    else
        std::fill_n(at("lambda", token), n * config_.gates(), 1.0f);
}

void Taps::record(const ScanOutput &scan, int64_t token, int64_t n) {
    const size_t d = static_cast<size_t>(config_.rank), k = static_cast<size_t>(config_.num_states);
    const std::pair<const char *, Rows> rows[] = {{"w_decay", {scan.w_decay, d, d}},
                                                  {"keep", {scan.keep, d, d}},
                                                  {"erase", {scan.erase, d, d}},
                                                  {"write", {scan.write, d, d}},
                                                  {"raw_reads", {scan.raw_reads, d, d}},
                                                  {"read_routes_per_head", {scan.read_routes, k, k}},
                                                  {"write_routes", {scan.write_routes, k, k}}};
    for (const auto &[name, row] : rows) put(name, row, token, n);
    std::copy_n(scan.slot_indices, n, tensors_.find("slot_indices")->second.integers.begin() + token);
}

void Taps::record(const ReadoutValues &readout, int64_t token, int64_t n) {
    put("reads", readout.reads, token, n);
    for (const size_t head : kEachHead) {
        if (readout.deltas[head].data != nullptr) put(kDeltaNames[head], readout.deltas[head], token, n);
    }
}

void Taps::record_final(const float *state, const float *source, int64_t position) {
    std::copy_n(state, config_.state_values(), tensors_.find("final_state")->second.floats.get());
    std::copy_n(source, config_.rank, tensors_.find("final_previous_source")->second.floats.get());
    tensors_.find("final_positions")->second.integers[0] = position;
}

const Taps::Tensor &Taps::find(const std::string &name) const {
    const auto found = tensors_.find(stored_name(name));
    require(found != tensors_.end(), RWKV_MS_E_NO_TAP, "tap '", name,
            "': the last forward with taps recorded no tensor of that name",
            step_trace_ ? "" : " (it kept no step trace)");
    return found->second;
}

std::vector<int64_t> Taps::dims(const std::string &name) const {
    const Tensor &tensor = find(name);
    if (name == "read_routes") return {1, n_tokens_, config_.num_states};
    if (name != stored_name(name) && name != "memory_v") return {1, n_tokens_, 1, config_.rank};
    return tensor.dims;
}

} // namespace rwkv_ms
