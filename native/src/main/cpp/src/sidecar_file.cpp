#include "sidecar_file.h"

#include "base.h"
#include "config.h"
#include "tensor_rules.h"

namespace rwkv_ms {

Config checked_config(const GgufFile &file, const std::string &base, StateHeads heads) {
    check_keys(file);
    const Documents documents = read_documents(file);
    Unsupported unsupported(heads == StateHeads::several ? RWKV_MS_E_NUM_STATE_HEADS : RWKV_MS_OK);
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

std::map<int32_t, NamedTensors> by_layer(const GgufFile &file) {
    std::map<int32_t, NamedTensors> layers;
    for (const GgufFile::Tensor &tensor : file.tensors()) {
        if (const auto ref = parse_tensor_name(tensor.name)) layers[ref->layer].emplace_back(ref->rule->name, &tensor);
    }
    return layers;
}

} // namespace rwkv_ms
