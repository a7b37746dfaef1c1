#include "tensor_rules.h"

#include <algorithm>
#include <map>
#include <unordered_set>

#include "config.h"

namespace rwkv_ms {

namespace {

constexpr const char *kOutputs[] = {"q_out", "k_out", "v_out", "o_out"};
constexpr int64_t kWidestSlidingQ = 2048; // a wider q projection is a full-attention layer's
using Outputs = std::array<int64_t, 4>;
using Shape = std::vector<int64_t>; // ggml order

std::string shape_text(const Shape &shape) {
    std::string text;
    for (const int64_t n : shape) text += (text.empty() ? "[" : ", ") + std::to_string(n);
    return text.empty() ? "[]" : text + "]";
}

class TensorCheck {
public:
    TensorCheck(const GgufFile &file, const Config &config) : file_(file), config_(config) {}

    int64_t check(const Json &attention) {
        check_set();
        for (const Json &entry : attention.items()) read_attention(entry);
        for (const int32_t layer : config_.layers)
            require(outputs_.count(layer) != 0, RWKV_MS_E_ATTENTION, attention_place(), ": expected an entry of layer ",
                    layer, ", found none");
        find_hidden_size();
        for (size_t i = 0; i < refs_.size(); ++i) check_shape(file_.tensors()[i], refs_[i]);
        check_totals();
        return hidden_;
    }

private:
    std::string place(const GgufFile::Tensor &tensor) const {
        return file_.path() + ": tensor " + quoted(tensor.name);
    }

    std::string attention_place() const { return key_place(file_, "per_layer_attention_json"); }

    bool is_target(int64_t layer) const {
        return std::binary_search(config_.layers.begin(), config_.layers.end(), layer);
    }

    // Exactly one entry per target layer, with the fields that every sidecar has.
    void read_attention(const Json &entry) {
        const Json *number = entry.find("layer");
        const int64_t layer = number != nullptr ? number->integer().value_or(-1) : -1;
        require(is_target(layer) && outputs_.count(static_cast<int32_t>(layer)) == 0, RWKV_MS_E_ATTENTION,
                attention_place(), ": expected each target layer once, found an entry of layer ",
                number != nullptr ? number->shown() : "none");
        const auto fail_member = [&](const char *name, const std::string &expected, const Json *found) {
            fail(RWKV_MS_E_ATTENTION, attention_place(), ": layer ", layer, ": ", name, ": expected ", expected,
                 ", found ", found != nullptr ? found->shown() : "none");
        };
        Outputs &widths = outputs_[static_cast<int32_t>(layer)];
        for (size_t i = 0; i < widths.size(); ++i) {
            const Json *width = entry.find(kOutputs[i]);
            widths[i] = width != nullptr ? width->integer().value_or(0) : 0;
            if (widths[i] < 1 || widths[i] > INT32_MAX)
                fail_member(kOutputs[i], "an integer of 1 to " + std::to_string(INT32_MAX), width);
        }
        const std::pair<const char *, const char *> fixed[] = {
            {"attention_kind", widths[0] > kWidestSlidingQ ? "\"full_attention\"" : "\"sliding_attention\""},
            {"active_delta_heads", R"(["q","o"])"},
            {"compat_delta_heads", R"(["k","v"])"}};
        for (const auto &[name, expected] : fixed) {
            const Json *found = entry.find(name);
            if (found == nullptr || found->shown() != expected) fail_member(name, expected, found);
        }
    }

    void check_set() {
        std::unordered_set<std::string> found;
        for (const GgufFile::Tensor &tensor : file_.tensors()) {
            const auto ref = parse_tensor_name(tensor.name);
            require(ref.has_value(), RWKV_MS_E_TENSOR_UNKNOWN, place(tensor), ": no tensor of a layer has this name");
            require(is_target(ref->layer), RWKV_MS_E_TENSOR_LAYER, place(tensor), ": layer ", ref->layer,
                    " is not among the target layers");
            refs_.push_back(*ref);
            found.insert(tensor.name);
        }
        for (const int32_t layer : config_.layers) {
            for (const TensorRule &rule : tensor_rules()) {
                const std::string name = tensor_name(layer, rule);
                if (rule.free_lambda() && config_.couple_lambda) continue; // allowed, and unused
                require(found.count(name) != 0, RWKV_MS_E_TENSOR_MISSING, file_.path(), ": tensor ",
                        quoted(name), ": missing");
            }
        }
    }

    // H has no key: it is the dimension that most of the memory projections have besides D, so that a single transposed
    // one does not decide.
    void find_hidden_size() {
        std::map<int64_t, int> votes;
        for (size_t i = 0; i < refs_.size(); ++i) {
            const TensorRule &rule = *refs_[i].rule;
            const GgufFile::Tensor &tensor = file_.tensors()[i];
            if (rule.rows != Dim::d || rule.width != Dim::h || tensor.n_dims != 2) continue;
            const int64_t size = tensor.ne[0] == config_.width() ? tensor.ne[1] : tensor.ne[0];
            if (size >= 1) ++votes[size];
        }
        // Of equal votes the largest dimension: it comes first.
        const auto winner = std::max_element(votes.rbegin(), votes.rend(),
                                             [](const auto &a, const auto &b) { return a.second < b.second; });
        if (winner != votes.rend()) hidden_ = winner->first;
    }

    int64_t size(int32_t layer, Dim dim) const {
        switch (dim) {
        case Dim::none: break; // no tensor has it before its last dimension
        case Dim::d: return config_.width();
        case Dim::h: return hidden_;
        case Dim::g: return config_.gates();
        case Dim::low_w:
        case Dim::low_a: return low_rank_width(2.5, config_.width());
        case Dim::low_g: return low_rank_width(5, config_.width());
        case Dim::q_out: return outputs_.at(layer)[0];
        case Dim::k_out: return outputs_.at(layer)[1];
        case Dim::v_out: return outputs_.at(layer)[2];
        case Dim::o_out: return outputs_.at(layer)[3];
        }
        return {};
    }

    void check_shape(const GgufFile::Tensor &tensor, const TensorRef &ref) const {
        Shape expected = {size(ref.layer, ref.rule->rows)};
        if (ref.rule->width != Dim::none) expected.insert(expected.begin(), size(ref.layer, ref.rule->width));
        const Shape found(tensor.ne, tensor.ne + tensor.n_dims);
        const bool transposed = found != expected && Shape(found.rbegin(), found.rend()) == expected;
        require(!transposed, RWKV_MS_E_TENSOR_TRANSPOSED, place(tensor), ": expected shape (ggml order) ",
                shape_text(expected), ", found it transposed, ", shape_text(found));
        require(found == expected, RWKV_MS_E_TENSOR_SHAPE, place(tensor), ": expected shape (ggml order) ",
                shape_text(expected), ", found ", shape_text(found));
    }

    void check_totals() const {
        uint64_t numel = 0, bytes = 0; // each tensor lies in the file, so that neither wraps
        for (const GgufFile::Tensor &tensor : file_.tensors()) {
            numel += static_cast<uint64_t>(tensor.numel());
            bytes += tensor.bytes.size();
        }
        check_total("tensor_count", *file_.u32(key_of("tensor_count")), file_.tensors().size(), RWKV_MS_E_TENSOR_COUNT);
        check_total("total_numel", *file_.u64(key_of("total_numel")), numel, RWKV_MS_E_TOTAL_NUMEL);
        check_total("total_bytes", *file_.u64(key_of("total_bytes")), bytes, RWKV_MS_E_TOTAL_BYTES);
    }

    void check_total(const char *name, uint64_t claimed, uint64_t counted, rwkv_ms_status status) const {
        require(claimed == counted, status, key_place(file_, name), ": expected ", counted,
                " as the tensors have, found ", claimed);
    }

    const GgufFile &file_;
    const Config &config_;
    std::map<int32_t, Outputs> outputs_; // of the target layers
    std::vector<TensorRef> refs_;        // in the order of file_.tensors()
    int64_t hidden_ = 0;
};

} // namespace

int64_t check_tensors(const GgufFile &file, const Config &config, const Json &attention) {
    return TensorCheck(file, config).check(attention);
}

} // namespace rwkv_ms
