// A weight in double, arranged so that its product with a vector runs over eight outputs at once.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "product.h"

namespace rwkv_ms {

constexpr int64_t kTile = 8; // outputs that are computed side by side

class Tiles {
public:
    Tiles() = default;
    // element(o, i) is the weight of input i in output o.
    template <typename Element>
    Tiles(int64_t outputs, int64_t inputs, Element element)
        : outputs_(outputs), inputs_(inputs),
          values_(static_cast<size_t>((outputs + kTile - 1) / kTile * kTile * inputs)) {
        for (int64_t o = 0; o < outputs; ++o) {
            for (int64_t i = 0; i < inputs; ++i) values_[place(o, i)] = element(o, i);
        }
    }

    int64_t outputs() const { return outputs_; }
    int64_t inputs() const { return inputs_; }
    double at(int64_t o, int64_t i) const { return values_[place(o, i)]; }

    // y = W x; y is not x.
    void apply(const double *x, double *y) const {
        const double *w = values_.data();
        multiply_adds += outputs_ * inputs_;
        for (int64_t first = 0; first < outputs_; first += kTile) {
            double sums[kTile] = {};
            for (int64_t i = 0; i < inputs_; ++i, w += kTile) {
                for (int64_t o = 0; o < kTile; ++o) sums[o] += w[o] * x[i];
            }
            std::copy_n(sums, std::min(kTile, outputs_ - first), y + first);
        }
    }

private:
    size_t place(int64_t o, int64_t i) const {
        return static_cast<size_t>((o / kTile * inputs_ + i) * kTile + o % kTile);
    }

    int64_t outputs_ = 0, inputs_ = 0;
    std::vector<double> values_;
};

} // namespace rwkv_ms
