#include "token_features.h"

#include <algorithm>
#include <cmath>

namespace rwkv_ms {

namespace {

constexpr double kSourceNormFloor = 1e-6; // math.md §1, semantics.md
constexpr double kKeyNormFloor = 1e-12;   // math.md §2, kk
constexpr double kSoftplusLinear = 20;    // above it PyTorch's softplus returns its argument

double sigmoid(double z) { return 1 / (1 + std::exp(-z)); }

// To about 1e-16 of 1, not of a small result: three times as fast as std::tanh, and enough for a term of a sum.
double tanh_of_term(double z) { return 1 - 2 / (1 + std::exp(2 * z)); }

// feature_w = -softplus(-u) - 0.5.
double decay_exponent(double u) {
    const double z = -u;
    return -(z > kSoftplusLinear ? z : std::log1p(std::exp(z))) - 0.5;
}

void normalize(double *u, int64_t n, double floor) {
    double squares = 0;
    for (int64_t i = 0; i < n; ++i) squares += u[i] * u[i];
    const double norm = std::max(std::sqrt(squares), floor);
    for (int64_t i = 0; i < n; ++i) u[i] /= norm;
}

// memory_q, memory_k and the source of semantics 2.
void bound(double *raw, int64_t n) {
    for (int64_t i = 0; i < n; ++i) raw[i] = std::tanh(raw[i]);
    normalize(raw, n, kSourceNormFloor);
}

void round_to(float *out, const double *values, int64_t n) {
    for (int64_t i = 0; i < n; ++i) out[i] = static_cast<float>(values[i]);
}

} // namespace

size_t Features::scratch() const {
    return static_cast<size_t>(3 * config_.rank + weights_.low_width);
}

void Features::memory(double *products, const MemoryRows &out) const {
    const int64_t d = config_.rank, gates = config_.gates();
    double *query = products, *key = products + d, *source = products + 2 * d;
    const double *gate = products + 3 * d, *bias = weights_.gate_bias.data();
    if (config_.semantics_version == 2) {
        bound(source, d);
    } else if (config_.normalize_qk && out.query != nullptr) {
        bound(query, d);
        bound(key, d);
    }
    round_to(out.source, source, d);
    if (out.query != nullptr) {
        round_to(out.query, query, d);
        round_to(out.key, key, d);
    }
    for (int64_t i = 0; i < gates; ++i) out.beta[i] = static_cast<float>(sigmoid(gate[i] + bias[i]));
    if (out.lambda == nullptr) return;
    for (int64_t i = 0; i < gates; ++i) {
        const int64_t own = gates + i;
        out.lambda[i] = config_.couple_lambda ? 1 - out.beta[i] : static_cast<float>(sigmoid(gate[own] + bias[own]));
    }
}

void Features::features(const float *source, const float *before, double *scratch, const FeatureRows &out) const {
    const int64_t d = config_.rank;
    double *mixed = scratch, *result = mixed + d, *agate = result + d, *narrow = agate + d;
    // The shifted input x_c, of the factors that are c-th in mix.
    const auto shifted = [&](int64_t c) {
        const double *mix = weights_.mix.data() + c * d;
        for (int64_t i = 0; i < d; ++i) {
            const double x = source[i];
            mixed[i] = x + (before[i] - x) * mix[i];
        }
        return mixed;
    };
    weights_.receptance.apply(shifted(0), result);
    round_to(out.r, result, d);
    weights_.value.apply(shifted(2), result);
    round_to(out.v, result, d);

    weights_.w1.apply(shifted(3), narrow);
    for (int64_t i = 0; i < weights_.w1.outputs(); ++i) narrow[i] = tanh_of_term(narrow[i]);
    weights_.w2.apply(narrow, result);
    for (int64_t i = 0; i < d; ++i) out.w[i] = static_cast<float>(decay_exponent(result[i] + weights_.w0[i]));

    weights_.g1.apply(shifted(5), narrow);
    for (int64_t i = 0; i < weights_.g1.outputs(); ++i) narrow[i] = sigmoid(narrow[i]);
    weights_.g2.apply(narrow, result);
    round_to(out.g, result, d);

    weights_.a1.apply(shifted(4), narrow);
    weights_.a2.apply(narrow, agate);
    for (int64_t i = 0; i < d; ++i) agate[i] = sigmoid(agate[i] + weights_.a0[i]);
    double *key = result, *kk = mixed;
    weights_.key.apply(shifted(1), key);
    for (int64_t i = 0; i < d; ++i) kk[i] = key[i] * weights_.k_k[i];
    normalize(kk, d, kKeyNormFloor);
    for (int64_t i = 0; i < d; ++i) {
        out.a[i] = static_cast<float>(-kk[i]);
        out.b[i] = static_cast<float>(kk[i] * agate[i]);
        out.k[i] = static_cast<float>(key[i] * (1 + (agate[i] - 1) * weights_.k_a[i]));
    }
}

} // namespace rwkv_ms
