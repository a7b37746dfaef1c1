// An opened sidecar: configuration and the weights of every target layer.
#pragma once

#include <string>
#include <vector>

#include "library.h"
#include "weights.h"

namespace rwkv_ms {

class Backend;

class Sidecar {
public:
    // Checks the file as sidecar.md asks; base may be empty. Each fault has its status code.
    Sidecar(const Backend &backend, const std::string &path, const std::string &base);

    const Description &description() const { return description_; }
    const Backend &backend() const { return backend_; }
    const Config &config() const { return description_.config; }
    const LayerWeights &weights(size_t index) const { return weights_[index]; }

private:
    const Backend &backend_;
    Description description_;
    std::vector<LayerWeights> weights_; // in the order of the target layers
};

} // namespace rwkv_ms
