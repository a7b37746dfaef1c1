// A graph of ggml's own operations on any device, of which each node belongs to a stage of the computation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "backend.h"
#include "stages.h"
#include "weights.h"

namespace rwkv_ms {

// A stream of graph computations on a device.
class DeviceStream {
public:
    // name: ggml's. The code of a device is loaded from libggml's folder where no loaded one has it. RWKV_MS_E_NO_BACKEND.
    DeviceStream(const Backend &backend, const std::string &name);

    ggml_backend_dev_t device() const { return device_; }
    ggml_backend_t stream() const { return stream_.get(); }
    ggml_backend_buffer_type_t memory() const { return ggml_backend_dev_buffer_type(device_); }

private:
    struct Free {
        void operator()(ggml_backend *stream) const { ggml_backend_free(stream); }
    };
    ggml_backend_dev_t device_;
    std::unique_ptr<ggml_backend, Free> stream_;
};

// Stages, each with something that is said of it.
using ByStage = std::set<std::pair<std::string, std::string>>;

// Weights, nodes and results have memory of their own on the device.
class StagedGraph {
public:
    // The stream outlives it. precise: at the cost of more nodes, in the ways that ggml's code for devices rounds least.
    StagedGraph(const DeviceStream &stream, int64_t n_tokens, bool precise);

    ggml_context *context() const { return context_.get(); }
    ggml_tensor *input(int64_t ne0, int64_t ne1 = 1, ggml_type type = GGML_TYPE_F32);
    ggml_tensor *weight(std::vector<float> values, int64_t ne0, int64_t ne1 = 1);
    // y = W x.
    ggml_tensor *product(ggml_tensor *weights, ggml_tensor *x);
    // Of what is normalised afterwards: it is as good near 0 as elsewhere if it is precise.
    ggml_tensor *tanh(ggml_tensor *x);
    // A result of the stage, with whatever it needs that was not added before.
    ggml_tensor *add(const char *stage, ggml_tensor *node);

    // Adds the operations that the device lacks.
    void find_missing(ByStage &missing) const;
    // Takes the graph to the device. Nothing is added afterwards.
    void place();
    // Adds the buffer types in which the stages were computed.
    void run(ByStage &places) const;

private:
    ggml_tensor *whole_product(ggml_tensor *weights, ggml_tensor *x);

    const DeviceStream &stream_;
    const bool precise_;
    GgmlContext context_;
    ggml_cgraph *graph_ = nullptr;
    GgmlBuffer memory_;
    std::vector<const char *> stages_; // by node
    std::vector<std::pair<ggml_tensor *, std::vector<float>>> contents_;
};

// A result on the device, with a copy in the host's memory.
class DeviceResult {
public:
    ggml_tensor *tensor = nullptr;

    // The first n rows; none of no tensor.
    Rows fetch(int64_t n);

private:
    std::vector<float> values_;
};

} // namespace rwkv_ms
