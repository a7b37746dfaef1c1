#include "sidecar.h"

#include <algorithm>
#include <map>

#include "backend.h"
#include "base.h"
#include "config.h"
#include "error.h"
#include "fingerprint.h"
#include "tensor_rules.h"

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

using NamedTensors = std::vector<std::pair<const char *, const GgufFile::Tensor *>>;

// Each layer's tensors by their name within it.
std::map<int32_t, NamedTensors> by_layer(const GgufFile &file) {
    std::map<int32_t, NamedTensors> layers;
    for (const GgufFile::Tensor &tensor : file.tensors()) {
        if (const auto ref = parse_tensor_name(tensor.name)) layers[ref->layer].emplace_back(ref->rule->name, &tensor);
    }
    return layers;
}

// Checks everything that sidecar.md asks of a file. What this runtime does not support is reported last.
Config checked_config(const GgufFile &file, const std::string &base) {
    check_keys(file);
    const Documents documents = read_documents(file);
    Unsupported unsupported;
    const std::string base_sha256 = check_identity(file);
    Config config = read_config(file, documents, unsupported);
    check_contradictions(file, documents);
    config.base_sha256 = base_sha256;
    config.hidden_size = check_tensors(file, config, documents.attention);
    unsupported.unless(config.hidden_size <= kMaxHidden, RWKV_MS_E_UNSUPPORTED, file.path(),
                       ": hidden size: expected at most ", kMaxHidden, ", found ", config.hidden_size);
    check_manifest(file, documents.manifest);
    check_payload(file);
    if (!base.empty()) check_base(base, config, file.path()); // late: it reads the whole base model
    unsupported.raise();
    return config;
}

} // namespace

Sidecar::Sidecar(const Backend &backend, const std::string &path, const std::string &base) : backend_(backend) {
    const GgufFile file(path);
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
