#include "weights.h"

#include <algorithm>

#include "error.h"

namespace rwkv_ms {

namespace {

constexpr int64_t kRowBlock =
    16; // ggml's fast float32 product wants the number of weight rows to be a multiple of this

Matrix transposed(const Matrix &matrix) {
    Matrix out{matrix.rows, matrix.width, std::vector<float>(matrix.values.size())};
    for (int64_t row = 0; row < matrix.rows; ++row) {
        for (int64_t column = 0; column < matrix.width; ++column) {
            out.values[column * matrix.rows + row] = matrix.values[row * matrix.width + column];
        }
    }
    return out;
}

} // namespace

class WeightsLoader {
public:
    WeightsLoader(const Config &config, const LayerTensors &tensors, ggml_backend_buffer_type_t memory)
        : config_(config), tensors_(tensors), memory_(memory) {}

    LayerWeights load() {
        constexpr size_t kTensors = 16; // at most this many below
        weights_.context_.reset(ggml_init({kTensors * ggml_tensor_overhead(), nullptr, /*no_alloc =*/true}));
        require(weights_.context_ != nullptr, RWKV_MS_E_MEMORY, "ggml has no memory for the weights of a layer");
        input();
        core();
        readout();
        weights_.buffer_.reset(ggml_backend_alloc_ctx_tensors_from_buft(weights_.context_.get(), memory_));
        require(weights_.buffer_ != nullptr, RWKV_MS_E_MEMORY, "ggml has no memory for the weights of a layer");
        for (const auto &[tensor, values] : contents_) {
            ggml_backend_tensor_set(tensor, values.data(), 0, values.size() * sizeof(float));
        }
        return std::move(weights_);
    }

private:
    const Matrix &matrix(const std::string &name) const { return tensors_.at(name); }
    ggml_tensor *tensor(std::vector<float> values, int64_t ne0, int64_t ne1 = 1, int64_t ne2 = 1) {
        ggml_tensor *made = ggml_new_tensor_3d(weights_.context_.get(), GGML_TYPE_F32, ne0, ne1, ne2);
        values.resize(static_cast<size_t>(ne0 * ne1 * ne2)); // zeros fill up
        contents_.emplace_back(made, std::move(values));
        return made;
    }
    ggml_tensor *vector(const std::string &name) { return tensor(matrix(name).values, config_.rank); }

    // The named tensors one after the other.
    std::vector<float> joined(const std::vector<std::string> &names) const {
        std::vector<float> values;
        for (const std::string &name : names) {
            const std::vector<float> &part = matrix(name).values;
            values.insert(values.end(), part.begin(), part.end());
        }
        return values;
    }

    void input() {
        std::vector<std::string> products = {"mem_q", "mem_k", "mem_v", "beta"}, biases = {"beta_b"};
        const bool free_lambda = !config_.couple_lambda && config_.update_mode != RWKV_MS_MODE_NO_LAMBDA;
        if (free_lambda) {
            products.push_back("lambda");
            biases.push_back("lambda_b");
        }
        const int64_t gates = config_.gates() * (free_lambda ? 2 : 1);
        weights_.input_rows = 3 * config_.rank + gates;
        const int64_t rows = (weights_.input_rows + kRowBlock - 1) / kRowBlock * kRowBlock;
        weights_.input = tensor(joined(products), config_.hidden_size, rows);
        weights_.gate_bias = tensor(joined(biases), gates);
    }

    void core() {
        const int64_t d = config_.rank;
        weights_.mix =
            tensor(joined({"rwkv.x_r", "rwkv.x_k", "rwkv.x_v", "rwkv.x_w", "rwkv.x_a", "rwkv.x_g"}), d, 1, 6);
        weights_.projections =
            tensor(joined({"rwkv.receptance.weight", "rwkv.key.weight", "rwkv.value.weight"}), d, d, 3);
        int64_t width = 0;
        for (const char *name : {"rwkv.w1", "rwkv.a1", "rwkv.g1"}) width = std::max(width, matrix(name).width);
        std::vector<float> in(static_cast<size_t>(d * width * 3)), out(in.size());
        size_t pair = 0;
        for (const char *name : {"w", "a", "g"}) {
            const Matrix first = transposed(matrix(std::string("rwkv.") + name + "1"));  // width d, rows of the pair
            const Matrix second = transposed(matrix(std::string("rwkv.") + name + "2")); // width of the pair, d rows
            const size_t start = static_cast<size_t>(d * width) * pair++;
            std::copy(first.values.begin(), first.values.end(), in.begin() + static_cast<std::ptrdiff_t>(start));
            for (int64_t row = 0; row < d; ++row) {
                std::copy_n(second.values.begin() + row * second.width, second.width,
                            out.begin() + static_cast<std::ptrdiff_t>(start) + row * width);
            }
        }
        weights_.low_in = tensor(std::move(in), d, width, 3);
        weights_.low_out = tensor(std::move(out), width, d, 3);
        weights_.w0 = vector("rwkv.w0");
        weights_.a0 = vector("rwkv.a0");
        weights_.k_k = vector("rwkv.k_k");
        weights_.k_a = vector("rwkv.k_a");
    }

    void readout() {
        weights_.norm = vector("rwkv.ln_x.weight");
        weights_.output = tensor(matrix("rwkv.output.weight").values, config_.rank, config_.rank);
        const char *names[] = {"delta_q", "delta_k", "delta_v", "delta_o"};
        for (size_t head = 0; head < 4; ++head) {
            weights_.widths[head] = matrix(names[head]).rows;
            if ((config_.delta_heads >> head & 1) != 0) {
                weights_.delta[head] =
                    tensor(transposed(matrix(names[head])).values, weights_.widths[head], config_.rank);
            }
        }
    }

    const Config &config_;
    const LayerTensors &tensors_;
    ggml_backend_buffer_type_t memory_;
    LayerWeights weights_;
    std::vector<std::pair<ggml_tensor *, std::vector<float>>> contents_;
};

LayerWeights arrange_weights(const Config &config, const LayerTensors &tensors, ggml_backend_buffer_type_t memory) {
    return WeightsLoader(config, tensors, memory).load();
}

} // namespace rwkv_ms
