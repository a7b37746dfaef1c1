#include "device_stages.h"

#include <algorithm>

#include "error.h"

namespace rwkv_ms {

namespace {

constexpr float kDeviceBoundFloor = 1e-6f;  // math.md §1
constexpr float kDeviceKeyFloor = 1e-12f;   // math.md §2, kk
constexpr float kDeviceReadoutEps = 64e-5f; // math.md §5

constexpr const char *kProjections = "projections";
constexpr const char *kFeatures = "features";
constexpr const char *kReadout = "readout";
constexpr const char *kDeltas = "deltas";

std::vector<float> float_values(const std::vector<double> &values, int64_t first, int64_t count) {
    return {values.begin() + first, values.begin() + first + count}; // they were float32 before
}

} // namespace

class DeviceStages::Graphs : public Microbatch {
public:
    Graphs(const DeviceStream &stream, const Config &config, const LayerWeights &weights, int64_t n_tokens,
           bool precise, ByStage &places)
        : n_(n_tokens), d_(config.rank), places_(places), before_scan_(stream, n_tokens, precise),
          after_scan_(stream, n_tokens, precise),
          hidden_rows_(static_cast<size_t>(n_tokens * config.hidden_size)), before_rows_(static_cast<size_t>(n_tokens)),
          predecessor_row_(static_cast<size_t>(d_)), raw_rows_(static_cast<size_t>(n_tokens * d_)),
          gate_rows_(raw_rows_.size()) {
        predecessor = predecessor_row_.data();
        before = before_rows_.data();
        raw_reads = raw_rows_.data();
        gate = gate_rows_.data();
        build_projections(config, weights);
        build_features(weights.core);
        build_readout(config, weights);
        build_deltas(weights);
        ByStage missing;
        before_scan_.find_missing(missing);
        after_scan_.find_missing(missing);
        std::string list;
        for (const auto &[stage, operation] : missing) list += (list.empty() ? "" : ", ") + stage + ": " + operation;
        require(missing.empty(), RWKV_MS_E_UNSUPPORTED, ggml_backend_dev_name(stream.device()),
                ": ggml's code for this device lacks operations, by stage: ", list);
        before_scan_.place();
        after_scan_.place();
    }

    // Of the microbatch that is next, which has n tokens.
    Microbatch &with(int64_t n) {
        given_ = n;
        return *this;
    }

    FeatureValues features(const float *hidden, bool with_queries) override {
        std::copy_n(hidden, given_ * hidden_->ne[0], hidden_rows_.begin());
        std::fill(hidden_rows_.begin() + given_ * hidden_->ne[0], hidden_rows_.end(), 0.0f);
        std::fill(before_rows_.begin() + given_, before_rows_.end(), 0);
        set(hidden_, hidden_rows_);
        set(before_source_, predecessor_row_);
        set(before_index_, before_rows_);
        before_scan_.run(places_);
        const auto fetch = [&](DeviceResult &result) { return result.fetch(given_); };
        FeatureValues values;
        if (with_queries) {
            values.query = fetch(query_);
            values.key = fetch(key_);
        }
        values.source = fetch(source_);
        values.beta = fetch(beta_);
        values.lambda = fetch(lambda_);
        values.r = fetch(r_);
        values.w = fetch(w_);
        values.k = fetch(k_);
        values.v = fetch(v_);
        values.a = fetch(a_);
        values.b = fetch(b_);
        values.g = fetch(g_);
        return values;
    }

    ReadoutValues readout(const std::array<float *, 4> &deltas) override {
        std::fill(raw_rows_.begin() + given_ * d_, raw_rows_.end(), 0.0f);
        std::fill(gate_rows_.begin() + given_ * d_, gate_rows_.end(), 0.0f);
        set(raw_, raw_rows_);
        set(gate_, gate_rows_);
        after_scan_.run(places_);
        ReadoutValues values;
        values.reads = reads_.fetch(given_);
        for (const size_t head : kEachHead) {
            const Rows rows = values.deltas[head] = deltas_[head].fetch(given_);
            if (deltas[head] != nullptr) std::copy_n(rows.data, static_cast<size_t>(given_) * rows.width, deltas[head]);
        }
        return values;
    }

private:
    template <typename Value> static void set(ggml_tensor *tensor, const std::vector<Value> &values) {
        ggml_backend_tensor_set(tensor, values.data(), 0, values.size() * sizeof(Value));
    }

    // §1.
    void build_projections(const Config &config, const LayerWeights &weights) {
        StagedGraph &g = before_scan_;
        ggml_context *ctx = g.context();
        hidden_ = g.input(config.hidden_size, n_);
        const int64_t h = config.hidden_size, gates = config.gates();
        int64_t row = 0;
        const auto projected = [&](int64_t rows) {
            const auto first = weights.input.begin() + row * h;
            row += rows;
            return g.product(g.weight({first, first + rows * h}, h, rows), hidden_);
        };
        const auto bound = [&](ggml_tensor *raw) { return ggml_l2_norm(ctx, g.tanh(raw), kDeviceBoundFloor); };
        int64_t bias = 0;
        const auto gated = [&] {
            ggml_tensor *offset = g.weight(float_values(weights.core.gate_bias, bias, gates), gates);
            bias += gates;
            return ggml_sigmoid(ctx, ggml_add(ctx, projected(gates), offset));
        };
        const bool version_2 = config.semantics_version == 2, bounded = config.normalize_qk;
        if (version_2) {
            row = 2 * d_; // memory_q and memory_k are the source
        } else {
            for (DeviceResult *of : {&query_, &key_}) {
                ggml_tensor *raw = projected(d_);
                of->tensor = g.add(kProjections, bounded ? bound(raw) : raw);
            }
        }
        ggml_tensor *raw = projected(d_);
        source_.tensor = g.add(kProjections, version_2 ? bound(raw) : raw);
        if (version_2) query_.tensor = key_.tensor = source_.tensor;
        beta_.tensor = g.add(kProjections, gated());
        if (config.update_mode == RWKV_MS_MODE_NO_LAMBDA) return;
        lambda_.tensor =
            g.add(kProjections, config.couple_lambda ? ggml_scale_bias(ctx, beta_.tensor, -1, 1) : gated());
    }

    // §2.
    void build_features(const CoreWeights &core) {
        StagedGraph &g = before_scan_;
        ggml_context *ctx = g.context();
        const auto vector = [&](const std::vector<double> &values) { return g.weight(float_values(values, 0, d_), d_); };
        const auto product = [&](const Tiles &w, ggml_tensor *x) {
            std::vector<float> values(static_cast<size_t>(w.outputs() * w.inputs()));
            for (int64_t o = 0; o < w.outputs(); ++o)
                for (int64_t i = 0; i < w.inputs(); ++i)
                    values[o * w.inputs() + i] = static_cast<float>(w.at(o, i)); // it was float32 before
            return g.product(g.weight(std::move(values), w.inputs(), w.outputs()), x);
        };
        before_source_ = g.input(d_);
        before_index_ = g.input(n_, 1, GGML_TYPE_I32);
        ggml_tensor *history = ggml_concat(ctx, before_source_, source_.tensor, 1);
        ggml_tensor *shift = ggml_sub(ctx, ggml_get_rows(ctx, history, before_index_), source_.tensor);
        // The shifted input x_c, of the factors that are c-th in mix.
        const auto shifted = [&](int64_t c) {
            return ggml_add(ctx, source_.tensor, ggml_mul(ctx, shift, g.weight(float_values(core.mix, c * d_, d_), d_)));
        };
        r_.tensor = g.add(kFeatures, product(core.receptance, shifted(0)));
        v_.tensor = g.add(kFeatures, product(core.value, shifted(2)));

        ggml_tensor *u = ggml_add(ctx, product(core.w2, ggml_tanh(ctx, product(core.w1, shifted(3)))), vector(core.w0));
        // softplus(-u) = max(-u, 0) + ln(1 + e^-|u|), which no u overflows.
        ggml_tensor *tail =
            ggml_log(ctx, ggml_scale_bias(ctx, ggml_exp(ctx, ggml_neg(ctx, ggml_abs(ctx, u))), 1, 1));
        ggml_tensor *softplus = ggml_add(ctx, ggml_relu(ctx, ggml_neg(ctx, u)), tail);
        w_.tensor = g.add(kFeatures, ggml_scale_bias(ctx, softplus, -1, -0.5f));

        g_.tensor = g.add(kFeatures, product(core.g2, ggml_sigmoid(ctx, product(core.g1, shifted(5)))));

        ggml_tensor *agate =
            ggml_sigmoid(ctx, ggml_add(ctx, product(core.a2, product(core.a1, shifted(4))), vector(core.a0)));
        ggml_tensor *key = product(core.key, shifted(1));
        ggml_tensor *kk = ggml_l2_norm(ctx, ggml_mul(ctx, key, vector(core.k_k)), kDeviceKeyFloor);
        a_.tensor = g.add(kFeatures, ggml_neg(ctx, kk));
        b_.tensor = g.add(kFeatures, ggml_mul(ctx, kk, agate));
        ggml_tensor *factor = ggml_mul(ctx, ggml_scale_bias(ctx, agate, 1, -1), vector(core.k_a));
        k_.tensor = g.add(kFeatures, ggml_mul(ctx, key, ggml_scale_bias(ctx, factor, 1, 1)));
    }

    // §5, with one head: one group.
    void build_readout(const Config &config, const LayerWeights &weights) {
        StagedGraph &g = after_scan_;
        ggml_context *ctx = g.context();
        raw_ = g.input(d_, n_);
        gate_ = g.input(d_, n_);
        ggml_tensor *normed =
            ggml_mul(ctx, ggml_norm(ctx, raw_, kDeviceReadoutEps), g.weight(host_values(weights.norm), d_));
        reads_.tensor =
            g.add(kReadout, g.product(g.weight(host_values(weights.output), d_, d_), ggml_mul(ctx, normed, gate_)));
        scaled_ = ggml_scale(ctx, reads_.tensor, static_cast<float>(config.alpha / static_cast<double>(config.rank)));
    }

    // §6.
    void build_deltas(const LayerWeights &weights) {
        for (const size_t head : kEachHead) {
            if (weights.delta[head] == nullptr) continue;
            const std::vector<float> transposed = host_values(weights.delta[head]);
            const int64_t width = weights.widths[head];
            std::vector<float> values(transposed.size());
            for (int64_t o = 0; o < width; ++o)
                for (int64_t i = 0; i < d_; ++i) values[o * d_ + i] = transposed[i * width + o];
            deltas_[head].tensor =
                after_scan_.add(kDeltas, after_scan_.product(after_scan_.weight(std::move(values), d_, width), scaled_));
        }
    }

    static std::vector<float> host_values(const ggml_tensor *tensor) {
        std::vector<float> values(static_cast<size_t>(ggml_nelements(tensor)));
        ggml_backend_tensor_get(tensor, values.data(), 0, values.size() * sizeof(float));
        return values;
    }

    const int64_t n_, d_;
    int64_t given_ = 0;
    ByStage &places_;
    StagedGraph before_scan_, after_scan_;
    ggml_tensor *hidden_ = nullptr, *before_source_ = nullptr, *before_index_ = nullptr, *raw_ = nullptr,
                *gate_ = nullptr, *scaled_ = nullptr;
    DeviceResult query_, key_, source_, beta_, lambda_, r_, w_, k_, v_, a_, b_, g_, reads_;
    std::array<DeviceResult, 4> deltas_;
    std::vector<float> hidden_rows_;
    std::vector<int32_t> before_rows_;
    std::vector<float> predecessor_row_, raw_rows_, gate_rows_;
};

DeviceStages::DeviceStages(const Sidecar &sidecar, const Config &config, const std::string &device, int64_t n_tokens,
                           bool precise)
    : stream_(sidecar.backend(), device), n_tokens_(n_tokens) {
    for (size_t index = 0; index < config.layers.size(); ++index)
        graphs_.push_back(std::make_unique<Graphs>(stream_, config, sidecar.weights(index), n_tokens, precise, places_));
}

DeviceStages::~DeviceStages() = default;

int64_t DeviceStages::next(int64_t tokens_left) const { return std::min(tokens_left, n_tokens_); }

Microbatch &DeviceStages::microbatch(size_t index, int64_t n_tokens) { return graphs_[index]->with(n_tokens); }

std::string DeviceStages::places() const {
    std::string text;
    for (const auto &[stage, place] : places_) text += stage + " " + place + "\n";
    return text;
}

} // namespace rwkv_ms
