// math.md and semantics.md once more, written straight from their text in double, token by token, for one state head.
// The tests compare the library's taps with it.
#pragma once

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "handles.h"
#include "sidecar_builder.h"

namespace test {

using Vector = std::vector<double>;

class Reference {
public:
    std::map<std::string, Vector> out; // by fixture name, tokens one after the other
    Vector state, source;
    int64_t position = 0;

    Reference(const Sidecar &sidecar, const Settings &settings) : s_(settings), d_(settings.rank) {
        for (const Tensor &tensor : sidecar.tensors) {
            if (tensor.name.rfind("blk.0.", 0) == 0) weights_[tensor.name.substr(6)] = decode(tensor);
        }
        state.resize(s_.states * d_ * d_);
        source.resize(d_);
    }

    void start(const State &from) {
        state.assign(from.values.begin(), from.values.end());
        source.assign(from.source.begin(), from.source.end());
        position = from.position;
    }

    void forward(const std::vector<float> &hidden, const std::vector<uint8_t> &mask, bool legacy) {
        Vector before = legacy ? Vector(d_) : source;
        for (size_t t = 0; t < hidden.size() / s_.hidden; ++t) {
            const bool valid = mask.empty() || mask[t] != 0;
            const Vector x(hidden.begin() + static_cast<std::ptrdiff_t>(t * s_.hidden),
                           hidden.begin() + static_cast<std::ptrdiff_t>((t + 1) * s_.hidden));
            const Vector memory = token(x, before, valid);
            if (legacy || valid) before = memory;
            if (valid) source = memory;
        }
    }

private:
    static Vector decode(const Tensor &tensor) {
        Vector values;
        const size_t size = tensor.type == kF32 ? 4 : 2;
        for (size_t at = 0; at < tensor.data.size(); at += size) {
            uint32_t bits = 0;
            std::memcpy(reinterpret_cast<char *>(&bits) + (4 - size), &tensor.data[at], size); // BF16 is the upper half
            float value;
            std::memcpy(&value, &bits, sizeof value);
            values.push_back(value);
        }
        return values;
    }

    const Vector &w(const std::string &name) const { return weights_.at(name); }

    // W x, W[out, in].
    Vector product(const std::string &name, const Vector &x) const {
        const Vector &weight = w(name);
        Vector y(weight.size() / x.size());
        for (size_t i = 0; i < y.size(); ++i) {
            for (size_t j = 0; j < x.size(); ++j) y[i] += weight[i * x.size() + j] * x[j];
        }
        return y;
    }

    // x W, W[in, out].
    Vector from_right(const Vector &x, const std::string &name) const {
        const Vector &weight = w(name);
        Vector y(weight.size() / x.size());
        for (size_t i = 0; i < x.size(); ++i) {
            for (size_t j = 0; j < y.size(); ++j) y[j] += x[i] * weight[i * y.size() + j];
        }
        return y;
    }

    template <typename F> static Vector map(Vector x, F f) {
        for (size_t i = 0; i < x.size(); ++i) x[i] = f(x[i], i);
        return x;
    }
    static double sigmoid(double z) { return 1 / (1 + std::exp(-z)); }
    static double dot(const Vector &x, const Vector &y) {
        double sum = 0;
        for (size_t i = 0; i < x.size(); ++i) sum += x[i] * y[i];
        return sum;
    }
    static Vector unit(const Vector &x, double floor) {
        const double length = std::max(std::sqrt(dot(x, x)), floor);
        return map(x, [&](double value, size_t) { return value / length; });
    }
    static Vector bounded(const Vector &x) {
        return unit(map(x, [](double value, size_t) { return std::tanh(value); }), 1e-6);
    }

    void record(const std::string &name, const Vector &values) {
        out[name].insert(out[name].end(), values.begin(), values.end());
    }

    Vector token(const Vector &x, const Vector &before, bool valid) {
        // §1
        Vector memory = product("mem_v", x), query = product("mem_q", x), key = product("mem_k", x);
        if (s_.normalize_qk) {
            query = bounded(query);
            key = bounded(key);
        }
        if (s_.semantics == 2) query = key = memory = bounded(memory);
        const Vector beta = map(product("beta", x), [&](double z, size_t i) { return sigmoid(z + w("beta_b")[i]); });
        Vector lambda = map(beta, [](double b, size_t) { return 1 - b; });
        if (s_.update_mode == "no_lambda")
            lambda = Vector(beta.size(), 1);
        else if (!s_.couple_lambda)
            lambda = map(product("lambda", x), [&](double z, size_t i) { return sigmoid(z + w("lambda_b")[i]); });
        record("memory_q", query);
        record("memory_k", key);
        record("memory_v", memory);
        record("memory_source", memory);
        record("beta", beta);
        record("lambda", lambda);

        // §2
        const auto mixed = [&](const char *c) {
            return map(memory,
                       [&](double m, size_t i) { return m + (before[i] - m) * w(std::string("rwkv.x_") + c)[i]; });
        };
        const Vector r = product("rwkv.receptance.weight", mixed("r")), v = product("rwkv.value.weight", mixed("v"));
        const Vector raw_key = product("rwkv.key.weight", mixed("k"));
        const Vector narrow = map(from_right(mixed("w"), "rwkv.w1"), [](double z, size_t) { return std::tanh(z); });
        const Vector decay = map(from_right(narrow, "rwkv.w2"), [&](double z, size_t i) {
            const double minus_u = -(z + w("rwkv.w0")[i]);
            return -(minus_u > 20 ? minus_u : std::log1p(std::exp(minus_u))) - 0.5;
        });
        const Vector agate = map(from_right(from_right(mixed("a"), "rwkv.a1"), "rwkv.a2"),
                                 [&](double z, size_t i) { return sigmoid(z + w("rwkv.a0")[i]); });
        const Vector g =
            from_right(map(from_right(mixed("g"), "rwkv.g1"), [](double z, size_t) { return sigmoid(z); }), "rwkv.g2");
        const Vector kk = unit(map(raw_key, [&](double z, size_t i) { return z * w("rwkv.k_k")[i]; }), 1e-12);
        const Vector k = map(raw_key, [&](double z, size_t i) { return z * (1 + (agate[i] - 1) * w("rwkv.k_a")[i]); });
        const Vector a = map(kk, [](double z, size_t) { return -z; });
        const Vector b = map(kk, [&](double z, size_t i) { return z * agate[i]; });
        record("feature_r", r);
        record("feature_w", decay);
        record("feature_k", k);
        record("feature_v", v);
        record("feature_a", a);
        record("feature_b", b);
        record("feature_g", g);

        const Vector raw = scan(r, decay, k, v, a, b, beta, lambda, valid);

        // §5, §6
        double mean = 0, variance = 0;
        for (const double value : raw) mean += value / d_;
        for (const double value : raw) variance += (value - mean) * (value - mean) / d_;
        const Vector gated = map(raw, [&](double value, size_t i) {
            return (value - mean) / std::sqrt(variance + 64e-5) * w("rwkv.ln_x.weight")[i] * g[i];
        });
        const Vector reads = product("rwkv.output.weight", gated);
        record("reads", reads);
        for (const std::string head : {"q", "k", "v", "o"}) {
            if (s_.heads.find('"' + head + '"') == std::string::npos) continue;
            record("delta_" + head,
                   map(product("delta_" + head, reads), [&](double value, size_t) { return value * 16 / d_; }));
        }
        return memory;
    }

    Vector scan(const Vector &r, const Vector &decay, const Vector &k, const Vector &v, const Vector &a,
                const Vector &b, const Vector &beta, const Vector &lambda, bool valid) {
        // §3
        const auto per_row = [&](const Vector &gate) {
            return map(Vector(d_), [&](double, size_t i) { return gate[gate.size() == 1 ? 0 : i]; });
        };
        Vector write = per_row(beta), keep = per_row(lambda), erase = write;
        if (s_.update_mode == "lambda_outside") erase = map(erase, [&](double e, size_t i) { return e * keep[i]; });
        if (s_.update_mode == "no_lambda" || s_.semantics == 2) keep = Vector(d_, 1);
        if (s_.semantics == 2) erase = write;
        const Vector w_decay = map(decay, [](double z, size_t) { return std::exp(-std::exp(z)); });
        record("w_decay", w_decay);
        record("keep", keep);
        record("erase", erase);
        record("write", write);

        // §4
        Vector slot_reads(s_.states * d_), scores(s_.states);
        for (size_t s = 0; s < s_.states; ++s) {
            Vector read(d_);
            for (size_t i = 0; i < d_; ++i) {
                for (size_t j = 0; j < d_; ++j) read[i] += state[(s * d_ + i) * d_ + j] * r[j];
                slot_reads[s * d_ + i] = read[i];
            }
            scores[s] =
                s_.semantics == 2
                    ? dot(read, r) / (std::max(std::sqrt(dot(read, read)), 1e-6) * std::max(std::sqrt(dot(r, r)), 1e-6))
                    : dot(read, r) / std::sqrt(static_cast<double>(d_));
        }
        const auto top_k = static_cast<size_t>(s_.read_top_k);
        if (top_k > 0 && top_k < s_.states) {
            const Vector all = scores;
            for (size_t s = 0; s < s_.states; ++s) {
                size_t better = 0;
                for (size_t u = 0; u < s_.states; ++u) better += all[u] > all[s] || (all[u] == all[s] && u < s);
                if (better >= top_k) scores[s] = -static_cast<double>(FLT_MAX);
            }
        }
        const double max = *std::max_element(scores.begin(), scores.end());
        Vector routes = map(scores, [&](double z, size_t) { return std::exp(z - max); });
        double total = 0;
        for (const double route : routes) total += route;
        routes = map(routes, [&](double z, size_t) { return valid ? z / total : 0; });
        Vector raw(d_);
        for (size_t s = 0; s < s_.states; ++s) {
            for (size_t i = 0; i < d_; ++i) raw[i] += routes[s] * slot_reads[s * d_ + i];
        }
        const size_t slot = static_cast<size_t>(position / s_.chunk) % s_.states;
        Vector write_routes(s_.states);
        write_routes[slot] = valid ? 1 : 0;
        record("slot_reads", slot_reads);
        record("read_scores", scores);
        record("read_routes_per_head", routes);
        record("read_routes", routes);
        record("raw_reads", raw);
        record("slot_indices", {static_cast<double>(slot)});
        record("write_routes", write_routes);
        record("state_before", state);
        record("positions_before", {static_cast<double>(position)});
        Vector candidate = state;
        for (size_t s = 0; s < s_.states; ++s) {
            for (size_t i = 0; i < d_; ++i) {
                const size_t row = (s * d_ + i) * d_;
                double corr = 0;
                for (size_t j = 0; j < d_; ++j) corr += state[row + j] * a[j];
                for (size_t j = 0; j < d_; ++j) {
                    candidate[row + j] = keep[i] * w_decay[j] * state[row + j] + write[i] * v[i] * k[j] +
                                         std::stod(s_.erase_gate) * erase[i] * corr * b[j];
                }
            }
        }
        record("candidate_state", candidate);
        if (valid) {
            std::copy_n(candidate.begin() + static_cast<std::ptrdiff_t>(slot * d_ * d_), d_ * d_,
                        state.begin() + static_cast<std::ptrdiff_t>(slot * d_ * d_));
            ++position;
        }
        record("state_after", state);
        record("positions_after", {static_cast<double>(position)});
        return raw;
    }

    Settings s_;
    size_t d_;
    std::map<std::string, Vector> weights_;
};

} // namespace test
