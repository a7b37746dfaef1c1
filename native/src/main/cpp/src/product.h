// Products of float32 matrices with sums in double, which ggml does not offer: a sum of 2560 products in float32 is a
// dozen roundings off, and a long prompt makes that many times the tolerance.
#pragma once

#include <cstdint>

namespace rwkv_ms {

// out[t * stride + row] = sum over i of weights[row][i] * x[t][i]; rows of weights and x have `width` values, without
// gaps. Weights are float32 values that were widened once, at load: to do it in every product takes a third of its time.
struct WideProduct {
    const double *weights = nullptr;
    int64_t rows = 0;
    const float *x = nullptr;
    int64_t tokens = 0;
    int64_t width = 0;
    double *out = nullptr;
    int64_t stride = 0;
};

// Multiply-adds of matrix products that this thread has made so far: tests count work, because seconds depend on the machine.
inline thread_local int64_t multiply_adds = 0;

// One of so many parts of a product. A result has the same bits on every processor and however the work is split: a
// product of two float32 is exact in double, fused with the sum or not, and the sum has one order.
void multiply(const WideProduct &product, int part, int parts);

} // namespace rwkv_ms
