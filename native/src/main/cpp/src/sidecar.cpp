#include "sidecar.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "backend.h"
#include "error.h"
#include "fingerprint.h"
#include "sha256.h"

namespace rwkv_ms {

namespace {

std::string shape_text(int64_t ne0, int64_t ne1, int64_t ne2 = 1, int64_t ne3 = 1) {
    std::string text = "[" + std::to_string(ne0);
    if (ne1 != 1 || ne2 != 1 || ne3 != 1) text += ", " + std::to_string(ne1);
    if (ne2 != 1 || ne3 != 1) text += ", " + std::to_string(ne2) + ", " + std::to_string(ne3);
    return text + "]";
}

class TensorReader {
public:
    TensorReader(const GgufFile &file, Config &config) : file_(file), config_(config) {
        for (const GgufFile::Tensor &tensor : file.tensors()) left_.emplace(tensor.name, &tensor);
        count_keys();
        const std::string first = "blk." + std::to_string(config.layers.front()) + ".mem_q";
        config.hidden_size = find(first).ne[0];
        require(config.hidden_size >= 1 && config.hidden_size <= kMaxHidden, RWKV_MS_E_TENSOR_SHAPE, file_.path(),
                ": tensor '", first, "': hidden size ne[0]: expected 1 to ", kMaxHidden, ", found ",
                config.hidden_size);
    }

    // The tensors of one layer, in sidecar.md's order.
    LayerTensors layer(int32_t layer) {
        prefix_ = "blk." + std::to_string(layer) + ".";
        tensors_.clear();
        const int64_t h = config_.hidden_size, d = config_.rank, g = config_.gates();
        for (const char *name : {"mem_q", "mem_k", "mem_v"}) take(name, h, d);
        for (const char *name : {"delta_q", "delta_k", "delta_v", "delta_o"}) take(name, d, kAnyRows);
        take("beta", h, g);
        take("beta_b", g);
        const bool has_lambda = left_.count(prefix_ + "lambda") != 0 || left_.count(prefix_ + "lambda_b") != 0;
        if (!config_.couple_lambda || has_lambda) { // beside a coupled lambda they are legal and unused
            take("lambda", h, g);
            take("lambda_b", g);
        }
        for (const char *name : {"x_r", "x_w", "x_k", "x_v", "x_a", "x_g"}) take(std::string("rwkv.") + name, d);
        for (const char *name : {"w", "a"}) low_rank(name, low_rank_width(2.5, d));
        low_rank("g", low_rank_width(5, d));
        for (const char *name : {"rwkv.w0", "rwkv.a0", "rwkv.k_k", "rwkv.k_a"}) take(name, d);
        for (const char *name : {"receptance", "key", "value", "output"})
            take(std::string("rwkv.") + name + ".weight", d, d);
        for (const char *name : {"rwkv.ln_x.weight", "rwkv.ln_x.bias"}) take(name, d);
        return std::move(tensors_);
    }

    void expect_nothing_left() const {
        for (const GgufFile::Tensor &tensor :
             file_.tensors()) { // in file order, so that the message does not depend on hashing
            require(left_.count(tensor.name) == 0, RWKV_MS_E_TENSOR_UNKNOWN, file_.path(), ": tensor '", tensor.name,
                    "': no tensor of a target layer has this name");
        }
    }

private:
    static constexpr int64_t kAnyRows = -1;

    // tensor_count, total_numel and total_bytes describe the file.
    void count_keys() const {
        uint64_t numel = 0, bytes = 0;
        for (const GgufFile::Tensor &tensor : file_.tensors()) {
            check_type(tensor);
            numel += static_cast<uint64_t>(tensor.numel());
            bytes += tensor.bytes;
        }
        const auto count = file_.u32("delta_mem.tensor_count");
        check_count("tensor_count", count ? std::optional<uint64_t>(*count) : std::nullopt, file_.tensors().size());
        check_count("total_numel", file_.u64("delta_mem.total_numel"), numel);
        check_count("total_bytes", file_.u64("delta_mem.total_bytes"), bytes);
    }

    void check_count(const char *name, std::optional<uint64_t> claimed, uint64_t counted) const {
        require(claimed.has_value(), RWKV_MS_E_KEY_MISSING, file_.path(), ": key delta_mem.", name, ": missing");
        require(*claimed == counted, RWKV_MS_E_KEY_VALUE, file_.path(), ": key delta_mem.", name, ": expected ",
                counted, " as the tensors have, found ", *claimed);
    }

    void check_type(const GgufFile::Tensor &tensor) const {
        require(tensor.type == GGML_TYPE_F32 || tensor.type == GGML_TYPE_F16 || tensor.type == GGML_TYPE_BF16,
                RWKV_MS_E_TENSOR_TYPE, file_.path(), ": tensor '", tensor.name,
                "': expected type bf16, f16 or f32, found ", ggml_type_name(tensor.type));
    }

    const GgufFile::Tensor &find(const std::string &name) const {
        const auto found = left_.find(name);
        require(found != left_.end(), RWKV_MS_E_TENSOR_MISSING, file_.path(), ": tensor '", name, "': missing");
        return *found->second;
    }

    void low_rank(const std::string &name, int64_t width) {
        take("rwkv." + name + "1", width, config_.rank);
        take("rwkv." + name + "2", config_.rank, width);
    }

    void take(const std::string &name, int64_t ne0, int64_t ne1 = 1) {
        const GgufFile::Tensor &tensor = find(prefix_ + name);
        const bool fits = tensor.ne[0] == ne0 && (ne1 == kAnyRows ? tensor.ne[1] >= 1 : tensor.ne[1] == ne1) &&
                          tensor.ne[2] == 1 && tensor.ne[3] == 1;
        require(fits, RWKV_MS_E_TENSOR_SHAPE, file_.path(), ": tensor '", tensor.name,
                "': expected shape (ggml order) ",
                ne1 == kAnyRows ? "[" + std::to_string(ne0) + ", its width]" : shape_text(ne0, ne1), ", found ",
                shape_text(tensor.ne[0], tensor.ne[1], tensor.ne[2], tensor.ne[3]));
        Matrix matrix{ne0, tensor.ne[1], std::vector<float>(static_cast<size_t>(tensor.numel()))};
        cast(tensor, matrix.values);
        const auto bad =
            std::find_if(matrix.values.begin(), matrix.values.end(), [](float value) { return !std::isfinite(value); });
        require(bad == matrix.values.end(), RWKV_MS_E_TENSOR_VALUE, file_.path(), ": tensor '", tensor.name,
                "': element ", bad - matrix.values.begin(), ": expected a finite number, found NaN or infinity");
        left_.erase(tensor.name);
        tensors_.emplace(name, std::move(matrix));
    }

    static void cast(const GgufFile::Tensor &tensor, std::vector<float> &out) {
        const auto count = static_cast<int64_t>(out.size());
        // tensor data starts at a multiple of 32 of the file and the file's bytes at one of the allocator
        if (tensor.type == GGML_TYPE_BF16) {
            ggml_bf16_to_fp32_row(reinterpret_cast<const ggml_bf16_t *>(tensor.data), out.data(), count);
        } else if (tensor.type == GGML_TYPE_F16) {
            ggml_fp16_to_fp32_row(reinterpret_cast<const ggml_fp16_t *>(tensor.data), out.data(), count);
        } else {
            std::copy_n(reinterpret_cast<const float *>(tensor.data), count, out.data());
        }
    }

    const GgufFile &file_;
    Config &config_;
    std::unordered_map<std::string, const GgufFile::Tensor *> left_;
    std::string prefix_;
    LayerTensors tensors_;
};

} // namespace

Sidecar::Sidecar(std::shared_ptr<const Backend> backend, const std::string &path, const std::string &base)
    : backend_(std::move(backend)) {
    const GgufFile file(path);
    config_ = read_config(file);
    TensorReader reader(file, config_);
    for (const int32_t layer : config_.layers)
        weights_.push_back(arrange_weights(config_, reader.layer(layer), backend_->memory()));
    reader.expect_nothing_left();
    fingerprint_ = rwkv_ms::fingerprint(config_, file);
    base_checked_ = !base.empty(); // where the check below does not throw
    if (!base.empty()) { // last: it reads the whole base model
        const std::string found = sha256_of_file(base);
        require(found == config_.base_sha256, RWKV_MS_E_BASE_MISMATCH, base, ": SHA-256: expected ",
                config_.base_sha256, " as the sidecar ", path, " names it, found ", found);
    }
}

size_t Sidecar::index_of(int32_t layer) const {
    const auto found = std::lower_bound(config_.layers.begin(), config_.layers.end(), layer);
    require(found != config_.layers.end() && *found == layer, RWKV_MS_E_NO_LAYER, "layer ", layer,
            ": not among the sidecar's target layers");
    return static_cast<size_t>(found - config_.layers.begin());
}

} // namespace rwkv_ms
