// What a forward computes around the scan, in microbatches: memory projections and features before it (math.md §1 and
// §2), readout and deltas after it (§5 and §6). Where that is done is the implementation's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace rwkv_ms {

// Rows of `width` floats in the host's memory, `stride` floats apart. No data: all ones.
struct Rows {
    const float *data = nullptr;
    size_t width = 0;
    size_t stride = 0;
};

// What comes before the scan, a row per token: [D], beta and lambda [G]. Without data: lambda, if it is all ones.
struct FeatureValues {
    Rows query, key, source, beta, lambda, r, w, k, v, a, b, g;
};

// What comes after it: reads [D] and the deltas of the active heads.
struct ReadoutValues {
    Rows reads;
    std::array<Rows, 4> deltas;
};

// One size of microbatch of one layer. All memory is the host's, and results stay until the next run of any microbatch.
class Microbatch {
public:
    virtual ~Microbatch() = default;
    // Given before a run: the row before the microbatch [D], and for each token the row that precedes it, 0 for that one,
    // i + 1 for the microbatch's own token i.
    float *predecessor = nullptr;
    int32_t *before = nullptr;
    // Given before the readout: [T, D], raw reads and feature_g, or zeros where a token is masked.
    float *raw_reads = nullptr, *gate = nullptr;

    // hidden: [T, H]. with_queries: memory_q and memory_k too, of which nothing else is made.
    virtual FeatureValues features(const float *hidden, bool with_queries) = 0;
    // deltas: where they go, nullptr for one that is not wanted.
    virtual ReadoutValues readout(const std::array<float *, 4> &deltas) = 0;
};

class Stages {
public:
    virtual ~Stages() = default;
    // Tokens of the next microbatch, at most most().
    virtual int64_t next(int64_t tokens_left) const = 0;
    virtual int64_t most() const = 0;
    // The microbatch of a layer and a size that next() has named. Makes it, so that its runs do not need memory.
    virtual Microbatch &microbatch(size_t index, int64_t n_tokens) = 0;
    // The text of rwkv_ms_context_places.
    virtual std::string places() const { return ""; }
};

} // namespace rwkv_ms
