// Memory projections and features of a token (math.md §1 and §2, semantics.md), in double. The tensors that math.md
// names are rounded to float32, and what follows is computed from them as they are: nothing else is rounded.
// Not features.h: with -I for this folder, the system's <features.h> would be that.
#pragma once

#include <cstddef>
#include <cstdint>

#include "settings.h"
#include "weights.h"

namespace rwkv_ms {

// Where the tensors of §1 go, rows of D (gates: G) floats.
struct MemoryRows {
    float *query = nullptr, *key = nullptr; // both nullptr where nobody wants them: nothing is made of them
    float *source = nullptr;
    float *beta = nullptr, *lambda = nullptr; // lambda nullptr: all ones
};

// Where the tensors of §2 go, rows of D floats; w before the decay.
struct FeatureRows {
    float *r = nullptr, *w = nullptr, *k = nullptr, *v = nullptr, *a = nullptr, *b = nullptr, *g = nullptr;
};

class Features {
public:
    // Both outlive it.
    Features(const Config &config, const CoreWeights &weights) : config_(config), weights_(weights) {}

    // Doubles that features() needs for itself.
    size_t scratch() const;
    // §1, from the products of the token's hidden states with mem_q, mem_k, mem_v, beta and, where it is free, lambda,
    // which it overwrites.
    void memory(double *products, const MemoryRows &out) const;
    // §2, from memory_source and its predecessor.
    void features(const float *source, const float *before, double *scratch, const FeatureRows &out) const;

private:
    const Config &config_;
    const CoreWeights &weights_;
};

} // namespace rwkv_ms
