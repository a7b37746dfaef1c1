// The template over the internals of this suite's own runtime: what a fork's file looks like once all is done.
#include "shim.h"

#include <algorithm>

#include "../src/backend.h"
#include "../src/context.h"
#include "../src/scan.h"
#include "../src/sidecar.h"
#include "../src/taps.h"

namespace {

class OurMemory : public shim::Memory {
public:
    OurMemory(std::shared_ptr<const rwkv_ms::Sidecar> sidecar, int32_t read_top_k)
        : context_(std::move(sidecar), read_top_k) {}

    rwkv_ms::LayerState forward(const shim::Call &call, const rwkv_ms::LayerState &before) override {
        uint32_t flags = 0;
        if (call.legacy) flags |= RWKV_MS_FORWARD_LEGACY_PREDECESSOR;
        if (call.taps) flags |= RWKV_MS_FORWARD_TAPS;
        if (call.step_trace) flags |= RWKV_MS_FORWARD_STEP_TRACE;
        context_.layer(call.layer) = before;
        context_.forward(call.layer, call.hidden, call.mask, call.n_tokens, flags, call.deltas);
        return context_.layer(call.layer);
    }

    shim::Tap tap(const std::string &name) override {
        const rwkv_ms::Taps::Tensor &tensor = context_.taps()->find(name);
        return {context_.taps()->dims(name), tensor.floats, tensor.integers};
    }

private:
    rwkv_ms::Context context_;
};

class OurModel : public shim::Model {
public:
    explicit OurModel(std::shared_ptr<const rwkv_ms::Sidecar> sidecar) : sidecar_(std::move(sidecar)) {
        description_.config = sidecar_->config();
        description_.fingerprint = sidecar_->fingerprint();
        for (size_t layer = 0; layer < description_.config.layers.size(); ++layer) {
            std::array<int32_t, 4> widths{};
            std::transform(sidecar_->weights(layer).widths.begin(), sidecar_->weights(layer).widths.end(),
                           widths.begin(), [](int64_t width) { return static_cast<int32_t>(width); });
            description_.widths.push_back(widths);
        }
    }

    const shim::Description &description() const override { return description_; }

    std::unique_ptr<shim::Memory> create(int32_t read_top_k) override {
        return std::make_unique<OurMemory>(sidecar_, read_top_k);
    }

private:
    std::shared_ptr<const rwkv_ms::Sidecar> sidecar_;
    shim::Description description_;
};

class OurLibrary : public shim::Library {
public:
    explicit OurLibrary(const rwkv_ms_runtime_params &params)
        : backend_(std::make_shared<const rwkv_ms::Backend>(params.backend_path != nullptr ? params.backend_path : "",
                                                            params.n_threads)) {}

    std::string build_info() const override { return backend_->build_info(); }

    std::unique_ptr<shim::Model> open(const std::string &path, const std::string &base) override {
        return std::make_unique<OurModel>(std::make_shared<const rwkv_ms::Sidecar>(backend_, path, base));
    }

    void scan(const rwkv_ms_config &given, const rwkv_ms_scan_input &input, rwkv_ms_scan_output &output) override {
        rwkv_ms::require(given.num_state_heads == 1, RWKV_MS_E_NUM_STATE_HEADS,
                         "config: num_state_heads: expected 1, found ", given.num_state_heads);
        rwkv_ms::Config config;
        config.rank = given.rank;
        config.num_states = given.num_states;
        config.chunk_size = given.chunk_size;
        config.erase_gate = given.erase_gate;
        config.read_top_k = given.read_top_k;
        config.semantics_version = given.semantics_version;
        config.update_mode = given.update_mode;
        config.rankwise_gates = given.rankwise_gates != 0;
        std::copy_n(input.state.data, input.state.count, output.final_state.data);
        output.final_position = input.position;
        const rwkv_ms::ScanInput from{input.n_tokens,  input.r.data, input.w.data, input.k.data,
                                      input.v.data,    input.a.data, input.b.data, input.beta.data,
                                      input.lambda.data, input.mask};
        const rwkv_ms::ScanOutput to{output.w_decay.data,   output.keep.data,        output.erase.data,
                                     output.write.data,     output.raw_reads.data,   output.read_routes.data,
                                     output.write_routes.data, output.slot_indices};
        rwkv_ms::Scan(config).run(from, output.final_state.data, output.final_position, to, nullptr);
        const auto routes = static_cast<size_t>(input.n_tokens) * static_cast<size_t>(config.num_states);
        std::copy_n(output.read_routes.data, routes, output.read_routes_per_head.data); // the mean over one head
    }

private:
    std::shared_ptr<const rwkv_ms::Backend> backend_;
};

} // namespace

std::unique_ptr<shim::Library> shim::library(const rwkv_ms_runtime_params &params) {
    return std::make_unique<OurLibrary>(params);
}

const char *shim::version() { return RWKV_MS_VERSION; }
