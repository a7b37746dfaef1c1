#include "weights.h"

#include <algorithm>

#include "error.h"

namespace rwkv_ms {

namespace {

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
        constexpr size_t kTensors = 6; // at most this many below
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
    ggml_tensor *tensor(std::vector<float> values, int64_t ne0, int64_t ne1 = 1) {
        ggml_tensor *made = ggml_new_tensor_2d(weights_.context_.get(), GGML_TYPE_F32, ne0, ne1);
        contents_.emplace_back(made, std::move(values));
        return made;
    }

    // The named tensors one after the other.
    std::vector<float> joined(const std::vector<std::string> &names) const {
        std::vector<float> values;
        for (const std::string &name : names) {
            const std::vector<float> &part = matrix(name).values;
            values.insert(values.end(), part.begin(), part.end());
        }
        return values;
    }

    std::vector<double> doubles(const std::vector<std::string> &names) const {
        const std::vector<float> values = joined(names);
        return {values.begin(), values.end()};
    }

    // Applied as W x.
    Tiles from_left(const std::string &name) const {
        const Matrix &w = matrix(name);
        return Tiles(w.rows, w.width, [&](int64_t o, int64_t i) { return w.values[o * w.width + i]; });
    }
    // Applied as x W.
    Tiles from_right(const std::string &name) const {
        const Matrix &w = matrix(name);
        return Tiles(w.width, w.rows, [&](int64_t o, int64_t i) { return w.values[i * w.width + o]; });
    }

    void input() {
        std::vector<std::string> products = {"mem_q", "mem_k", "mem_v", "beta"}, biases = {"beta_b"};
        const bool free_lambda = !config_.couple_lambda && config_.update_mode != RWKV_MS_MODE_NO_LAMBDA;
        if (free_lambda) {
            products.push_back("lambda");
            biases.push_back("lambda_b");
        }
        weights_.input_rows = 3 * config_.rank + config_.gates() * (free_lambda ? 2 : 1);
        weights_.input = doubles(products);
        weights_.core.gate_bias = doubles(biases);
    }

    void core() {
        CoreWeights &core = weights_.core;
        core.mix = doubles({"rwkv.x_r", "rwkv.x_k", "rwkv.x_v", "rwkv.x_w", "rwkv.x_a", "rwkv.x_g"});
        core.receptance = from_left("rwkv.receptance.weight");
        core.key = from_left("rwkv.key.weight");
        core.value = from_left("rwkv.value.weight");
        core.w1 = from_right("rwkv.w1");
        core.w2 = from_right("rwkv.w2");
        core.a1 = from_right("rwkv.a1");
        core.a2 = from_right("rwkv.a2");
        core.g1 = from_right("rwkv.g1");
        core.g2 = from_right("rwkv.g2");
        core.w0 = doubles({"rwkv.w0"});
        core.a0 = doubles({"rwkv.a0"});
        core.k_k = doubles({"rwkv.k_k"});
        core.k_a = doubles({"rwkv.k_a"});
        core.low_width = std::max({core.w1.outputs(), core.a1.outputs(), core.g1.outputs()});
    }

    void readout() {
        weights_.norm = tensor(matrix("rwkv.ln_x.weight").values, config_.rank);
        weights_.output = tensor(matrix("rwkv.output.weight").values, config_.rank, config_.rank);
        const char *names[] = {"delta_q", "delta_k", "delta_v", "delta_o"};
        for (const size_t head : kEachHead) {
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
