// An opened sidecar: configuration and the weights of every target layer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config.h"
#include "sha256.h"
#include "weights.h"

namespace rwkv_ms {

class Backend;

class Sidecar {
public:
    // Checks the file as sidecar.md asks; base may be empty. Each fault has its status code.
    Sidecar(std::shared_ptr<const Backend> backend, const std::string &path, const std::string &base);

    const Backend &backend() const { return *backend_; }
    const Config &config() const { return config_; }
    // RWKV_MS_E_NO_LAYER where the layer is no target.
    size_t index_of(int32_t layer) const;
    const Hash &fingerprint() const { return fingerprint_; }
    // Whether the base file was given and has the SHA-256 that the sidecar names.
    bool base_checked() const { return base_checked_; }
    const LayerWeights &weights(size_t index) const { return weights_[index]; }

private:
    std::shared_ptr<const Backend> backend_;
    Config config_;
    Hash fingerprint_;
    bool base_checked_ = false;
    std::vector<LayerWeights> weights_; // beside config_.layers
};

} // namespace rwkv_ms
