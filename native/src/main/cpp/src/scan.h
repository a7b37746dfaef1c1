// Coefficients and the read-before-write scan (math.md §3 and §4, semantics.md) in plain C++. Everything stored is
// float32, every sum over a row, a slot or the routes is taken in double.
#pragma once

#include <cstdint>
#include <vector>

#include "settings.h"

namespace rwkv_ms {

// Features of n tokens, rows of D (gates: G) floats without gaps.
struct ScanInput {
    int64_t n_tokens = 0;
    const float *r = nullptr, *w = nullptr, *k = nullptr, *v = nullptr, *a = nullptr,
                *b = nullptr;                       // w before the decay
    const float *beta = nullptr, *lambda = nullptr; // lambda nullptr: all ones
    const uint8_t *mask = nullptr;                  // nullptr: all valid
};

// What one call leaves for its n tokens; all but the step trace are needed.
struct ScanOutput {
    float *w_decay = nullptr, *keep = nullptr, *erase = nullptr, *write = nullptr; // [T, D]
    float *raw_reads = nullptr;                                                    // [T, D]
    float *read_routes = nullptr, *write_routes = nullptr;                         // [T, K]
    int64_t *slot_indices = nullptr;                                               // [T]
};

// The step trace, each [T, ...]; kept only where asked for.
struct StepTrace {
    float *state_before = nullptr, *candidate_state = nullptr, *state_after = nullptr; // [T, K, r, r]
    float *slot_reads = nullptr;                                                       // [T, K, r]
    float *read_scores = nullptr;                                                      // [T, K], after top-k
    int64_t *positions_before = nullptr, *positions_after = nullptr;                   // [T]
};

class Scan {
public:
    explicit Scan(const Config &config);

    // Advances state [K, r, r] and position by the tokens of the input. trace may be nullptr.
    void run(const ScanInput &input, float *state, int64_t &position, const ScanOutput &output, const StepTrace *trace);

private:
    void coefficients(const float *w, const float *beta, const float *lambda, const ScanOutput &at);
    void read(const float *state, const float *r);
    void route(const float *r, bool valid, float *routes);
    void keep_top();
    void update(const float *slot, const ScanInput &token, const ScanOutput &at, float *out);

    const Config config_;
    std::vector<double> slot_reads_; // [K, r]
    std::vector<double> scores_;     // [K]
    std::vector<double> routes_;     // [K]
    std::vector<uint8_t> kept_;      // [K]
    std::vector<float> candidate_;   // [r, r]
};

} // namespace rwkv_ms
