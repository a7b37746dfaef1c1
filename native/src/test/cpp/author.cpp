// A runtime as its author writes it, from math.md and semantics.md: plain C++, in double, of any number of state heads.
// RuntimeProbeTests puts it to the probe, AuthorReaderTests its reader to every damaged sidecar.
#include <algorithm>
#include <cmath>
#include <limits>

#include "sidecar_reader.h"

using namespace rwkv_ms;

namespace {

using Row = std::vector<double>;

double sigmoid(double z) { return 1 / (1 + std::exp(-z)); }

// W x.
Row times(const SidecarTensor &w, const Row &x) {
    Row y(static_cast<size_t>(w.rows));
    for (size_t i = 0; i < y.size(); ++i) {
        for (size_t j = 0; j < x.size(); ++j) y[i] += double{w.values[i * x.size() + j]} * x[j];
    }
    return y;
}

// x W.
Row from_left(const Row &x, const SidecarTensor &w) {
    Row y(static_cast<size_t>(w.width));
    for (size_t i = 0; i < x.size(); ++i) {
        for (size_t j = 0; j < y.size(); ++j) y[j] += x[i] * w.values[i * y.size() + j];
    }
    return y;
}

template <typename Function> Row each(Row x, Function &&function) {
    for (double &value : x) value = function(value);
    return x;
}

// Each head's values over their length, or over eps if that is larger.
Row unit(Row x, size_t rank, double eps) {
    for (size_t from = 0; from < x.size(); from += rank) {
        double squares = 0;
        for (size_t i = from; i < from + rank; ++i) squares += x[i] * x[i];
        for (size_t i = from; i < from + rank; ++i) x[i] /= std::max(std::sqrt(squares), eps);
    }
    return x;
}

Row row_of(const float *values, size_t count) { return Row(values, values + count); }

// The tensors of math.md, filled token by token.
class Record {
public:
    struct Tensor {
        std::vector<int64_t> dims;
        std::vector<float> floats;
        std::vector<int64_t> integers;
    };

    Record(int64_t n_tokens, const Config &config) : tokens_(n_tokens), config_(config) {}

    void add(const std::string &name, const Row &values, const std::vector<int64_t> &dims) {
        Tensor &tensor = at(name, dims);
        tensor.floats.insert(tensor.floats.end(), values.begin(), values.end());
    }
    void add(const std::string &name, int64_t value) { at(name, {}).integers.push_back(value); }
    void per_head(const std::string &name, const Row &values) {
        add(name, values, {config_.num_state_heads, config_.rank});
    }

    // Of the whole call, without a dimension of tokens.
    void last(const std::string &name, std::vector<float> values, std::vector<int64_t> dims) {
        dims.insert(dims.begin(), 1);
        tensors_[name] = {std::move(dims), std::move(values), {}};
    }
    void last(const std::string &name, int64_t value) { tensors_[name] = {{1}, {}, {value}}; }

    const Tensor &find(const std::string &name) const {
        const auto found = tensors_.find(name);
        require(found != tensors_.end(), RWKV_MS_E_NO_TAP, "tap '", name, "': no such tensor");
        return found->second;
    }

private:
    Tensor &at(const std::string &name, const std::vector<int64_t> &dims) {
        Tensor &tensor = tensors_[name];
        if (tensor.dims.empty()) {
            tensor.dims = {1, tokens_};
            tensor.dims.insert(tensor.dims.end(), dims.begin(), dims.end());
        }
        return tensor;
    }

    int64_t tokens_;
    const Config &config_;
    std::map<std::string, Tensor> tensors_;
};

struct Features {
    Row r, w, k, v, a, b, beta, lambda;
};

// Sections 3 and 4.
class Recurrence {
public:
    Recurrence(const Config &config, const float *state, int64_t position)
        : config_(config), heads_(static_cast<size_t>(config.num_state_heads)),
          slots_(static_cast<size_t>(config.num_states)), rank_(static_cast<size_t>(config.rank)),
          state_(row_of(state, static_cast<size_t>(config.state_values()))), position_(position) {}

    // Gives raw_reads.
    Row step(const Features &f, bool valid, bool trace, Record &out) {
        const Row beta = per_row(f.beta), lambda = per_row(f.lambda), one(beta.size(), 1.0);
        const bool plain = config_.semantics_version == 2 || config_.update_mode == RWKV_MS_MODE_NO_LAMBDA;
        const Row &keep = plain ? one : lambda;
        Row erase = beta, routes(heads_ * slots_), means(slots_), one_hot(slots_), raw(heads_ * rank_);
        if (!plain && config_.update_mode == RWKV_MS_MODE_LAMBDA_OUTSIDE)
            std::transform(erase.begin(), erase.end(), lambda.begin(), erase.begin(), std::multiplies<>());
        const Row decay = each(f.w, [](double w) { return std::exp(-std::exp(w)); });
        const int64_t slot = position_ / config_.chunk_size % config_.num_states;
        one_hot[static_cast<size_t>(slot)] = valid;
        Row slot_reads(heads_ * slots_ * rank_), scores(heads_ * slots_), candidate = state_;
        for (size_t h = 0; h < heads_; ++h) {
            for (size_t s = 0; s < slots_; ++s) {
                read_and_write(h, s, f, keep, erase, beta, decay, slot_reads, candidate);
                scores[h * slots_ + s] = score(&slot_reads[(h * slots_ + s) * rank_], &f.r[h * rank_]);
            }
            drop(&scores[h * slots_]);
            if (valid) route(h, scores, slot_reads, routes, raw);
            for (size_t s = 0; s < slots_; ++s) means[s] += routes[h * slots_ + s] / static_cast<double>(heads_);
        }
        const Row before = state_;
        const int64_t start = position_;
        if (valid) {
            const size_t block = rank_ * rank_;
            for (size_t h = 0; h < heads_; ++h) {
                const size_t from = (h * slots_ + static_cast<size_t>(slot)) * block;
                std::copy_n(&candidate[from], block, &state_[from]);
            }
            ++position_;
        }
        const int64_t n = config_.num_state_heads, k = config_.num_states, r = config_.rank;
        out.per_head("keep", keep);
        out.per_head("erase", erase);
        out.per_head("write", beta);
        out.per_head("w_decay", decay);
        out.add("read_routes_per_head", routes, {n, k});
        out.add("read_routes", means, {k});
        out.add("write_routes", one_hot, {k});
        out.add("raw_reads", raw, {n * r});
        out.add("slot_indices", slot);
        if (trace) {
            out.add("slot_reads", slot_reads, {n, k, r});
            out.add("read_scores", scores, {n, k});
            out.add("state_before", before, {n, k, r, r});
            out.add("candidate_state", candidate, {n, k, r, r});
            out.add("state_after", state_, {n, k, r, r});
            out.add("positions_before", start);
            out.add("positions_after", position_);
        }
        return raw;
    }

    std::vector<float> state() const { return std::vector<float>(state_.begin(), state_.end()); }
    int64_t position() const { return position_; }

private:
    // A gate of each head, or of each row, for each row.
    Row per_row(const Row &gate) const {
        if (config_.rankwise_gates) return gate;
        Row rows(heads_ * rank_);
        for (size_t i = 0; i < rows.size(); ++i) rows[i] = gate[i / rank_];
        return rows;
    }

    void read_and_write(size_t h, size_t s, const Features &f, const Row &keep, const Row &erase, const Row &write,
                        const Row &decay, Row &slot_reads, Row &candidate) const {
        const size_t first = h * rank_;
        for (size_t i = 0; i < rank_; ++i) {
            const double *old = &state_[((h * slots_ + s) * rank_ + i) * rank_];
            double read = 0, corr = 0;
            for (size_t j = 0; j < rank_; ++j) {
                read += old[j] * f.r[first + j];
                corr += old[j] * f.a[first + j];
            }
            slot_reads[(h * slots_ + s) * rank_ + i] = read;
            double *made = &candidate[((h * slots_ + s) * rank_ + i) * rank_];
            for (size_t j = 0; j < rank_; ++j) {
                made[j] = keep[first + i] * decay[first + j] * old[j] +
                          write[first + i] * f.v[first + i] * f.k[first + j] +
                          config_.erase_gate * erase[first + i] * corr * f.b[first + j];
            }
        }
    }

    double score(const double *read, const double *r) const {
        double dot = 0, reads = 0, rs = 0;
        for (size_t i = 0; i < rank_; ++i) {
            dot += read[i] * r[i];
            reads += read[i] * read[i];
            rs += r[i] * r[i];
        }
        if (config_.semantics_version == 1) return dot / std::sqrt(static_cast<double>(rank_));
        return dot / (std::max(std::sqrt(reads), 1e-6) * std::max(std::sqrt(rs), 1e-6));
    }

    // All but the best scores of a head.
    void drop(double *scores) const {
        const auto kept = static_cast<size_t>(config_.read_top_k);
        if (kept == 0 || kept >= slots_) return;
        std::vector<size_t> order(slots_);
        for (size_t s = 0; s < slots_; ++s) order[s] = s;
        std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] > scores[b]; });
        for (size_t i = kept; i < slots_; ++i) scores[order[i]] = std::numeric_limits<float>::lowest();
    }

    void route(size_t h, const Row &scores, const Row &slot_reads, Row &routes, Row &raw) const {
        const double *of = &scores[h * slots_], most = *std::max_element(of, of + slots_);
        double sum = 0;
        for (size_t s = 0; s < slots_; ++s) sum += routes[h * slots_ + s] = std::exp(of[s] - most);
        for (size_t s = 0; s < slots_; ++s) {
            const double route = routes[h * slots_ + s] /= sum;
            for (size_t i = 0; i < rank_; ++i) raw[h * rank_ + i] += route * slot_reads[(h * slots_ + s) * rank_ + i];
        }
    }

    const Config &config_;
    const size_t heads_, slots_, rank_;
    Row state_;
    int64_t position_;
};

class Memory : public RuntimeMemory {
public:
    Memory(const SidecarReader &sidecar, int32_t read_top_k)
        : sidecar_(sidecar), config_(sidecar.description().config) {
        if (read_top_k >= 0) config_.read_top_k = read_top_k;
    }

    void forward(const Call &call, LayerState &state) override {
        const size_t hidden = static_cast<size_t>(config_.hidden_size), width = static_cast<size_t>(config_.width());
        Record record(call.n_tokens, config_);
        Recurrence recurrence(config_, state.state.data(), state.position);
        Row last = row_of(state.source.data(), width), before = call.legacy ? Row(width) : last;
        for (int32_t t = 0; t < call.n_tokens; ++t) {
            const bool valid = call.mask == nullptr || call.mask[t] != 0;
            Features f;
            const Row x = row_of(call.hidden + static_cast<size_t>(t) * hidden, hidden);
            const Row source = projections(call, x, f, record);
            const Row gate = features(call, source, before, f, record);
            const Row raw = recurrence.step(f, valid, call.step_trace, record);
            const Row reads = valid ? readout(call, raw, gate) : Row(width);
            record.add("reads", reads, {config_.width()});
            deltas(call, t, reads, record);
            if (valid) last = source;
            if (valid || call.legacy) before = source;
        }
        state.state = recurrence.state();
        state.source.assign(last.begin(), last.end());
        state.position = recurrence.position();
        record.last("final_state", state.state,
                    {config_.num_state_heads, config_.num_states, config_.rank, config_.rank});
        record.last("final_previous_source", state.source, {config_.width()});
        record.last("final_positions", state.position);
        if (call.taps) taps_ = std::make_unique<Record>(std::move(record));
    }

    Tap tap(const std::string &name) override {
        const Record::Tensor &tensor = taps_->find(name);
        const bool whole = !tensor.integers.empty();
        return {tensor.dims, whole ? nullptr : tensor.floats.data(), whole ? tensor.integers.data() : nullptr,
                whole ? tensor.integers.size() : tensor.floats.size()};
    }

private:
    const SidecarTensor &weight(const Call &call, const std::string &name) const {
        return sidecar_.tensor(call.index, name);
    }
    Row vector(const Call &call, const std::string &name) const {
        const SidecarTensor &tensor = weight(call, name);
        return row_of(tensor.values.data(), tensor.values.size());
    }
    Row gate(const Call &call, const std::string &name, const Row &x) const {
        Row sum = times(weight(call, name), x);
        const Row bias = vector(call, name + "_b");
        for (size_t i = 0; i < sum.size(); ++i) sum[i] = sigmoid(sum[i] + bias[i]);
        return sum;
    }

    // Section 1: gives memory_source.
    Row projections(const Call &call, const Row &x, Features &f, Record &record) const {
        const auto rank = static_cast<size_t>(config_.rank);
        const auto normalized = [&](const Row &raw) {
            return unit(each(raw, [](double z) { return std::tanh(z); }), rank, 1e-6);
        };
        Row source = times(weight(call, "mem_v"), x), q, k;
        if (config_.semantics_version == 2) {
            q = k = source = normalized(source);
        } else {
            q = times(weight(call, "mem_q"), x);
            k = times(weight(call, "mem_k"), x);
            if (config_.normalize_qk) {
                q = normalized(q);
                k = normalized(k);
            }
        }
        f.beta = gate(call, "beta", x);
        f.lambda = config_.update_mode == RWKV_MS_MODE_NO_LAMBDA ? Row(f.beta.size(), 1.0)
                   : config_.couple_lambda ? each(f.beta, [](double beta) { return 1 - beta; })
                                           : gate(call, "lambda", x);
        const std::vector<int64_t> wide{config_.width()}, gates{config_.gates(), 1};
        record.add("memory_q", q, wide);
        record.add("memory_k", k, wide);
        record.add("memory_v", source, wide);
        record.add("memory_source", source, wide);
        record.add("beta", f.beta, gates);
        record.add("lambda", f.lambda, gates);
        return source;
    }

    // Section 2: gives feature_g.
    Row features(const Call &call, const Row &x, const Row &before, Features &f, Record &record) const {
        const auto mixed = [&](char name) {
            Row out = vector(call, std::string("rwkv.x_") + name);
            for (size_t i = 0; i < out.size(); ++i) out[i] = x[i] + (before[i] - x[i]) * out[i];
            return out;
        };
        const auto low = [&](char name, char of, auto &&inner) {
            const std::string prefix = std::string("rwkv.") + name;
            return from_left(each(from_left(mixed(of), weight(call, prefix + "1")), inner), weight(call, prefix + "2"));
        };
        const auto same = [](double z) { return z; };
        f.r = times(weight(call, "rwkv.receptance.weight"), mixed('r'));
        f.v = times(weight(call, "rwkv.value.weight"), mixed('v'));
        const Row key = times(weight(call, "rwkv.key.weight"), mixed('k'));
        const Row w0 = vector(call, "rwkv.w0"), a0 = vector(call, "rwkv.a0"), k_k = vector(call, "rwkv.k_k"),
                  k_a = vector(call, "rwkv.k_a"), g = low('g', 'g', sigmoid);
        f.w = low('w', 'w', [](double z) { return std::tanh(z); });
        Row open = low('a', 'a', same), kk = key;
        for (size_t i = 0; i < key.size(); ++i) {
            const double u = -(w0[i] + f.w[i]);
            f.w[i] = -(std::max(u, 0.0) + std::log1p(std::exp(-std::abs(u)))) - 0.5;
            open[i] = sigmoid(a0[i] + open[i]);
            kk[i] *= k_k[i];
        }
        kk = unit(kk, static_cast<size_t>(config_.rank), 1e-12);
        f.k = f.a = f.b = key;
        for (size_t i = 0; i < key.size(); ++i) {
            f.k[i] = key[i] * (1 + (open[i] - 1) * k_a[i]);
            f.a[i] = -kk[i];
            f.b[i] = kk[i] * open[i];
        }
        const std::pair<char, const Row *> all[] = {{'r', &f.r}, {'w', &f.w}, {'k', &f.k},
                                                    {'v', &f.v}, {'a', &f.a}, {'b', &f.b}};
        for (const auto &[name, values] : all) {
            record.add(std::string("feature_") + name, *values, {config_.width()});
            record.per_head(std::string(1, name) + "_heads", *values);
        }
        record.add("feature_g", g, {config_.width()});
        return g;
    }

    // Section 5.
    Row readout(const Call &call, Row raw, const Row &g) const {
        const auto rank = static_cast<size_t>(config_.rank);
        const Row scale = vector(call, "rwkv.ln_x.weight");
        for (size_t from = 0; from < raw.size(); from += rank) {
            double mean = 0, variance = 0;
            for (size_t i = from; i < from + rank; ++i) mean += raw[i] / static_cast<double>(rank);
            for (size_t i = from; i < from + rank; ++i)
                variance += (raw[i] - mean) * (raw[i] - mean) / static_cast<double>(rank);
            for (size_t i = from; i < from + rank; ++i)
                raw[i] = (raw[i] - mean) / std::sqrt(variance + 64e-5) * scale[i] * g[i];
        }
        return times(weight(call, "rwkv.output.weight"), raw);
    }

    // Section 6.
    void deltas(const Call &call, int32_t token, const Row &reads, Record &record) const {
        const DeltaWidths &widths = sidecar_.description().widths[call.index];
        for (size_t head = 0; head < widths.size(); ++head) {
            if (widths[head] == 0) continue;
            const std::string name = std::string("delta_") + "qkvo"[head];
            const double scale = config_.alpha / static_cast<double>(config_.rank);
            const Row delta = each(times(weight(call, name), reads), [&](double z) { return scale * z; });
            if (call.deltas[head] != nullptr)
                std::copy(delta.begin(), delta.end(), call.deltas[head] + token * widths[head]);
            record.add(name, delta, {widths[head]});
        }
    }

    const SidecarReader &sidecar_;
    Config config_;
    std::unique_ptr<Record> taps_;
};

class Model : public RuntimeModel {
public:
    Model(const std::string &path, const std::string &base) : sidecar_(path, base, StateHeads::several) {}
    const Description &description() const override { return sidecar_.description(); }
    std::unique_ptr<RuntimeMemory> create(int32_t read_top_k) const override {
        return std::make_unique<Memory>(sidecar_, read_top_k);
    }

private:
    const SidecarReader sidecar_;
};

class Library : public RuntimeLibrary {
public:
    std::string build_info() const override { return R"({"library":"author"})"; }

    std::unique_ptr<RuntimeModel> open(const std::string &path, const std::string &base) const override {
        return std::make_unique<Model>(path, base);
    }

    void scan(const rwkv_ms_config &given, const rwkv_ms_scan_input &in, rwkv_ms_scan_output &out) const override {
        Config config;
        config.rank = given.rank;
        config.num_state_heads = given.num_state_heads;
        config.num_states = given.num_states;
        config.chunk_size = given.chunk_size;
        config.erase_gate = given.erase_gate;
        config.read_top_k = given.read_top_k;
        config.semantics_version = given.semantics_version;
        config.update_mode = given.update_mode;
        config.rankwise_gates = given.rankwise_gates != 0;
        const auto width = static_cast<size_t>(config.width()), gates = static_cast<size_t>(config.gates());
        Record record(in.n_tokens, config);
        Recurrence recurrence(config, in.state.data, in.position);
        for (size_t t = 0; t < static_cast<size_t>(in.n_tokens); ++t) {
            const auto row = [&](const rwkv_ms_floats &all, size_t wide) { return row_of(all.data + t * wide, wide); };
            const Features f{row(in.r, width), row(in.w, width), row(in.k, width),    row(in.v, width),
                             row(in.a, width), row(in.b, width), row(in.beta, gates), row(in.lambda, gates)};
            recurrence.step(f, in.mask == nullptr || in.mask[t] != 0, false, record);
        }
        const std::pair<const char *, rwkv_ms_buffer> wanted[] = {
            {"w_decay", out.w_decay}, {"keep", out.keep}, {"erase", out.erase}, {"write", out.write},
            {"raw_reads", out.raw_reads}, {"read_routes_per_head", out.read_routes_per_head},
            {"read_routes", out.read_routes}, {"write_routes", out.write_routes}};
        for (const auto &[name, buffer] : wanted) {
            const std::vector<float> &values = record.find(name).floats;
            std::copy(values.begin(), values.end(), buffer.data);
        }
        const std::vector<float> state = recurrence.state();
        std::copy(state.begin(), state.end(), out.final_state.data);
        const std::vector<int64_t> &slots = record.find("slot_indices").integers;
        std::copy(slots.begin(), slots.end(), out.slot_indices);
        out.final_position = recurrence.position();
    }
};

} // namespace

std::unique_ptr<RuntimeLibrary> rwkv_ms::make_library(const rwkv_ms_runtime_params &) {
    return std::make_unique<Library>();
}

const char *rwkv_ms::library_version() { return "1.0.0"; }
