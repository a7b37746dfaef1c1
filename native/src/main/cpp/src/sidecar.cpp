#include "sidecar.h"

#include <algorithm>

#include "backend.h"
#include "fingerprint.h"
#include "ggml_opinion.h"
#include "sidecar_file.h"

namespace rwkv_ms {

namespace {

// A tensor in float32. Its data starts at a multiple of 32 of the file, and the file's map at one of a page.
Matrix cast(const GgufFile::Tensor &tensor) {
    Matrix matrix{tensor.ne[0], tensor.ne[1], std::vector<float>(static_cast<size_t>(tensor.numel()))};
    const char *data = tensor.bytes.data();
    if (tensor.type == GGML_TYPE_BF16) {
        ggml_bf16_to_fp32_row(reinterpret_cast<const ggml_bf16_t *>(data), matrix.values.data(), tensor.numel());
    } else if (tensor.type == GGML_TYPE_F16) {
        ggml_fp16_to_fp32_row(reinterpret_cast<const ggml_fp16_t *>(data), matrix.values.data(), tensor.numel());
    } else {
        std::copy_n(reinterpret_cast<const float *>(data), tensor.numel(), matrix.values.data());
    }
    return matrix;
}

} // namespace

Sidecar::Sidecar(const Backend &backend, const std::string &path, const std::string &base) : backend_(backend) {
    const GgufFile file(path);
    check_opinion_of_ggml(file);
    description_.config = checked_config(file, base);
    description_.fingerprint = fingerprint(config(), file);
    for (const auto &[layer, named] : by_layer(file)) { // ascending, as the target layers
        LayerTensors tensors;
        for (const auto &[name, tensor] : named) tensors.emplace(name, cast(*tensor));
        weights_.push_back(arrange_weights(config(), tensors, backend.memory()));
        description_.widths.push_back(weights_.back().widths);
    }
}

} // namespace rwkv_ms
