// Checks the tensors against tensor_manifest_json, and their values.
#include <cstring>
#include <unordered_map>

#include "config.h"
#include "sha256.h"
#include "tensor_rules.h"

namespace rwkv_ms {

namespace {

class ManifestCheck {
public:
    ManifestCheck(const GgufFile &file, const Json &manifest) : file_(file) {
        for (const Json &entry : manifest.items()) {
            const Json *name = entry.find("name");
            const bool text = name != nullptr && name->kind() == Json::Kind::string;
            const std::string key = text ? name->string() : std::string();
            require(entries_.emplace(key, &entry).second, RWKV_MS_E_MANIFEST_CONTRADICTS, place(key),
                    ": expected one entry of that name, found another");
        }
    }

    void check() {
        for (const GgufFile::Tensor &tensor : file_.tensors()) {
            const auto found = entries_.find(tensor.name);
            require(found != entries_.end(), RWKV_MS_E_MANIFEST_MISSING, file_.path(), ": tensor ",
                    quoted(tensor.name), ": expected an entry in ", key_of("tensor_manifest_json"), ", found none");
            check_entry(*found->second, tensor);
            entries_.erase(found);
        }
        if (entries_.empty()) return;
        fail(RWKV_MS_E_MANIFEST_UNKNOWN, place(entries_.begin()->first),
             ": expected a tensor of that name, found none");
    }

private:
    std::string place(const std::string &name) const { return file_.path() + ": manifest entry " + quoted(name); }

    void check_entry(const Json &entry, const GgufFile::Tensor &tensor) const {
        const auto ref = parse_tensor_name(tensor.name);
        const auto text = [&](const char *field, const std::string &expected, rwkv_ms_status status) {
            const Json *stated = entry.find(field);
            const bool same = stated != nullptr && stated->kind() == Json::Kind::string && stated->string() == expected;
            differs(same, status, tensor, field, json_quote(expected), stated);
        };
        const auto number = [&](const char *field, int64_t expected) {
            const Json *stated = entry.find(field);
            const bool same = stated != nullptr && stated->integer() == expected;
            differs(same, RWKV_MS_E_MANIFEST_CONTRADICTS, tensor, field, std::to_string(expected), stated);
        };
        if (ref) text("source_name", source_name(ref->layer, *ref->rule), RWKV_MS_E_MANIFEST_CONTRADICTS);
        check_shape(entry, tensor);
        text("torch_dtype", torch_name(tensor.type), RWKV_MS_E_MANIFEST_CONTRADICTS);
        text("gguf_type", type_name(tensor.type), RWKV_MS_E_MANIFEST_CONTRADICTS);
        number("numel", tensor.numel());
        number("bytes", static_cast<int64_t>(tensor.bytes.size()));
        text("sha256_raw", hex(sha256(tensor.bytes.data(), tensor.bytes.size())), RWKV_MS_E_MANIFEST_SHA256);
    }

    void check_shape(const Json &entry, const GgufFile::Tensor &tensor) const {
        const Json *stated = entry.find("shape");
        bool same = stated != nullptr && stated->kind() == Json::Kind::array && stated->items().size() == tensor.n_dims;
        std::string expected;
        for (size_t i = 0; i < tensor.n_dims; ++i) { // outermost first
            const int64_t n = tensor.ne[tensor.n_dims - 1 - i];
            same = same && stated->items()[i].integer() == n;
            expected += (i == 0 ? "[" : ",") + std::to_string(n);
        }
        differs(same, RWKV_MS_E_MANIFEST_CONTRADICTS, tensor, "shape", expected + "]", stated);
    }

    void differs(bool same, rwkv_ms_status status, const GgufFile::Tensor &tensor, const char *field,
                 const std::string &expected, const Json *stated) const {
        require(same, status, place(tensor.name), ": ", field, ": expected ", expected, " as the tensor has it, found ",
                stated != nullptr ? stated->shown() : "none");
    }

    static const char *type_name(uint32_t type) {
        return type == tensor_type::kBf16 ? "BF16" : type == tensor_type::kF16 ? "F16" : "F32";
    }

    static const char *torch_name(uint32_t type) {
        return type == tensor_type::kBf16 ? "bfloat16" : type == tensor_type::kF16 ? "float16" : "float32";
    }

    const GgufFile &file_;
    std::unordered_map<std::string, const Json *> entries_; // those not yet matched
};

// Number of values before the first whose exponent bits are all set: NaN or infinity.
template <typename Bits> size_t finite_values(std::string_view bytes, Bits exponent) {
    const size_t count = bytes.size() / sizeof(Bits);
    for (size_t i = 0; i < count; ++i) {
        Bits bits;
        std::memcpy(&bits, bytes.data() + i * sizeof(Bits), sizeof(Bits));
        if ((bits & exponent) == exponent) return i;
    }
    return count;
}

} // namespace

void check_manifest(const GgufFile &file, const Json &manifest) { ManifestCheck(file, manifest).check(); }

void check_payload(const GgufFile &file) {
    for (const GgufFile::Tensor &tensor : file.tensors()) {
        const size_t finite = tensor.type == tensor_type::kF32   ? finite_values<uint32_t>(tensor.bytes, 0x7F800000)
                              : tensor.type == tensor_type::kF16 ? finite_values<uint16_t>(tensor.bytes, 0x7C00)
                                                             : finite_values<uint16_t>(tensor.bytes, 0x7F80);
        require(finite == static_cast<size_t>(tensor.numel()), RWKV_MS_E_PAYLOAD_VALUE, file.path(), ": tensor ",
                quoted(tensor.name), ": element ", finite, ": expected a finite number, found NaN or infinity");
    }
}

} // namespace rwkv_ms
