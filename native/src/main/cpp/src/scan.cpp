#include "scan.h"

#include <algorithm>
#include <cfloat>
#include <cmath>

namespace rwkv_ms {

namespace {

constexpr double kCosineNormFloor = 1e-6; // semantics.md, version 2

double dot(const float *x, const float *y, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += static_cast<double>(x[i]) * y[i];
    return sum;
}

double norm(const double *x, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += x[i] * x[i];
    return std::sqrt(sum);
}

} // namespace

Scan::Scan(const Config &config)
    : config_(config), slot_reads_(static_cast<size_t>(config.num_states * config.rank)),
      scores_(static_cast<size_t>(config.num_states)), routes_(scores_.size()), kept_(scores_.size()),
      candidate_(static_cast<size_t>(config.rank * config.rank)) {}

void Scan::run(const ScanInput &input, float *state, int64_t &position, const ScanOutput &output,
               const StepTrace *trace) {
    const int64_t d = config_.rank, slots = config_.num_states, gates = config_.gates();
    const int64_t slot_size = d * d, state_size = slots * slot_size;
    for (int64_t t = 0; t < input.n_tokens; ++t) {
        const bool valid = input.mask == nullptr || input.mask[t] != 0;
        const ScanInput token{1,
                              input.r + t * d,
                              input.w + t * d,
                              input.k + t * d,
                              input.v + t * d,
                              input.a + t * d,
                              input.b + t * d,
                              input.beta + t * gates,
                              input.lambda != nullptr ? input.lambda + t * gates : nullptr,
                              nullptr};
        const ScanOutput at{output.w_decay + t * d,
                            output.keep + t * d,
                            output.erase + t * d,
                            output.write + t * d,
                            output.raw_reads + t * d,
                            output.read_routes + t * slots,
                            output.write_routes + t * slots,
                            output.slot_indices + t};
        coefficients(token.w, token.beta, token.lambda, at);
        read(state, token.r);
        route(token.r, valid, at.read_routes);
        for (int64_t i = 0; i < d; ++i) {
            double sum = 0;
            for (int64_t s = 0; valid && s < slots; ++s) sum += routes_[s] * slot_reads_[s * d + i];
            at.raw_reads[i] = static_cast<float>(sum);
        }
        const int64_t slot = position / config_.chunk_size % slots;
        *at.slot_indices = slot;
        std::fill_n(at.write_routes, slots, 0.0f);
        at.write_routes[slot] = valid ? 1.0f : 0.0f;
        if (trace != nullptr) {
            std::copy_n(state, state_size, trace->state_before + t * state_size);
            std::copy(slot_reads_.begin(), slot_reads_.end(), trace->slot_reads + t * slots * d);
            std::copy(scores_.begin(), scores_.end(), trace->read_scores + t * slots);
            for (int64_t s = 0; s < slots; ++s) {
                update(state + s * slot_size, token, at, trace->candidate_state + t * state_size + s * slot_size);
            }
            trace->positions_before[t] = position;
        }
        if (valid) {
            update(state + slot * slot_size, token, at, candidate_.data());
            std::copy(candidate_.begin(), candidate_.end(), state + slot * slot_size);
            ++position;
        }
        if (trace != nullptr) {
            std::copy_n(state, state_size, trace->state_after + t * state_size);
            trace->positions_after[t] = position;
        }
    }
}

void Scan::coefficients(const float *w, const float *beta, const float *lambda, const ScanOutput &at) {
    for (int64_t i = 0; i < config_.rank; ++i) {
        const int64_t gate = config_.rankwise_gates ? i : 0;
        const float l = lambda != nullptr ? lambda[gate] : 1.0f;
        const bool plain = config_.semantics_version == 2 || config_.update_mode == RWKV_MS_MODE_NO_LAMBDA;
        at.w_decay[i] = static_cast<float>(std::exp(-std::exp(static_cast<double>(w[i]))));
        at.keep[i] = plain ? 1.0f : l;
        at.erase[i] = !plain && config_.update_mode == RWKV_MS_MODE_LAMBDA_OUTSIDE ? l * beta[gate] : beta[gate];
        at.write[i] = beta[gate];
    }
}

void Scan::read(const float *state, const float *r) {
    const int64_t d = config_.rank, rows = config_.num_states * d;
    for (int64_t row = 0; row < rows; ++row) slot_reads_[row] = dot(state + row * d, r, d);
}

void Scan::route(const float *r, bool valid, float *routes) {
    const int64_t d = config_.rank, slots = config_.num_states;
    const bool cosine = config_.semantics_version == 2;
    const double r_norm = std::max(std::sqrt(dot(r, r, d)), kCosineNormFloor);
    for (int64_t s = 0; s < slots; ++s) {
        double sum = 0;
        for (int64_t i = 0; i < d; ++i) sum += slot_reads_[s * d + i] * r[i];
        scores_[s] = cosine ? sum / (std::max(norm(&slot_reads_[s * d], d), kCosineNormFloor) * r_norm)
                            : sum / std::sqrt(static_cast<double>(d));
    }
    if (config_.read_top_k > 0 && config_.read_top_k < slots) keep_top();
    const double most = *std::max_element(scores_.begin(), scores_.end());
    double total = 0;
    for (int64_t s = 0; s < slots; ++s) total += routes_[s] = std::exp(scores_[s] - most);
    for (int64_t s = 0; s < slots; ++s) {
        routes_[s] /= total;
        routes[s] = valid ? static_cast<float>(routes_[s]) : 0.0f;
    }
}

// Leaves the scores of the k best slots, of equal ones the lowest index; the others get the most negative finite float.
void Scan::keep_top() {
    std::fill(kept_.begin(), kept_.end(), uint8_t{0});
    for (int64_t k = 0; k < config_.read_top_k; ++k) {
        int64_t best = -1;
        for (int64_t s = 0; s < config_.num_states; ++s) {
            if (kept_[s] == 0 && (best < 0 || scores_[s] > scores_[best])) best = s;
        }
        kept_[best] = 1;
    }
    for (int64_t s = 0; s < config_.num_states; ++s) {
        if (kept_[s] == 0) scores_[s] = -static_cast<double>(FLT_MAX);
    }
}

// S'[i, j] = keep[i] d[j] S[i, j] + write[i] v[i] k[j] + e erase[i] corr[i] b[j], corr[i] = sum over j of S[i, j] a[j].
void Scan::update(const float *slot, const ScanInput &token, const ScanOutput &at, float *out) {
    const int64_t d = config_.rank;
    for (int64_t i = 0; i < d; ++i) {
        const float *row = slot + i * d;
        const double keep = at.keep[i];
        const double written = static_cast<double>(at.write[i]) * token.v[i];
        const double erased = config_.erase_gate * at.erase[i] * dot(row, token.a, d);
        for (int64_t j = 0; j < d; ++j) {
            out[i * d + j] =
                static_cast<float>(keep * at.w_decay[j] * row[j] + written * token.k[j] + erased * token.b[j]);
        }
    }
}

} // namespace rwkv_ms
