#include "sidecar_file.h"

#include <cfenv>

#include "base.h"
#include "config.h"
#include "tensor_rules.h"

namespace rwkv_ms {

namespace {

// A file means the same whatever the host's thread computes with: in another direction of rounding the JSON's numbers, and with
// them the fingerprint, would be others, and the widths of the low-rank pairs too.
class UsualArithmetic {
public:
    UsualArithmetic() {
        std::fegetenv(&hosts_);
        std::fesetenv(FE_DFL_ENV);
    }
    ~UsualArithmetic() { std::fesetenv(&hosts_); }
    UsualArithmetic(const UsualArithmetic &) = delete;
    UsualArithmetic &operator=(const UsualArithmetic &) = delete;

private:
    std::fenv_t hosts_;
};

} // namespace

Config checked_config(const GgufFile &file, const std::string &base, StateHeads heads) {
    const UsualArithmetic usual;
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
