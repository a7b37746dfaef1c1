#include "ggml_library.h"

#include <algorithm>

#include "config.h"
#include "device_stages.h"
#include "ggml_memory.h"
#include "host_stages.h"

namespace rwkv_ms {

namespace {

// The settings that a scan needs.
Config scan_config(const rwkv_ms_config &given) {
    Config config;
    config.rank = given.rank;
    config.num_states = given.num_states;
    config.chunk_size = given.chunk_size;
    config.erase_gate = given.erase_gate;
    config.read_top_k = given.read_top_k;
    config.semantics_version = given.semantics_version;
    config.update_mode = given.update_mode;
    config.rankwise_gates = given.rankwise_gates != 0;
    return config;
}

class GgmlModel : public RuntimeModel {
public:
    GgmlModel(const Backend &backend, const std::string &path, const std::string &base)
        : sidecar_(backend, path, base) {}

    const Description &description() const override { return sidecar_.description(); }

    std::unique_ptr<RuntimeMemory> create(int32_t read_top_k) const override {
        return std::make_unique<GgmlMemory>(sidecar_, read_top_k, [this](const Config &config) {
            return std::make_unique<HostStages>(sidecar_, config);
        });
    }

    std::unique_ptr<RuntimeMemory> create_on(const std::string &device, int32_t n_tokens, bool precise,
                                      int32_t read_top_k) const override {
        return std::make_unique<GgmlMemory>(sidecar_, read_top_k, [&](const Config &config) {
            return std::make_unique<DeviceStages>(sidecar_, config, device, n_tokens, precise);
        });
    }

private:
    const Sidecar sidecar_;
};

} // namespace

GgmlLibrary::GgmlLibrary(const rwkv_ms_runtime_params &params)
    : backend_(params.backend_path != nullptr ? params.backend_path : "", params.n_threads) {}

std::unique_ptr<RuntimeModel> GgmlLibrary::open(const std::string &path, const std::string &base) const {
    return std::make_unique<GgmlModel>(backend_, path, base);
}

void GgmlLibrary::check_scan(const rwkv_ms_config &config) const {
    require(config.num_state_heads == 1, RWKV_MS_E_NUM_STATE_HEADS, "config: num_state_heads: expected 1, found ",
            config.num_state_heads);
    Unsupported unsupported;
    check_limits(scan_config(config), "config", unsupported);
    unsupported.raise();
}

void GgmlLibrary::scan(const rwkv_ms_config &config, const rwkv_ms_scan_input &input,
                       rwkv_ms_scan_output &output) const {
    Scan scan(scan_config(config)); // nothing after this can fail
    std::copy_n(input.state.data, input.state.count, output.final_state.data);
    output.final_position = input.position;
    const ScanInput from{input.n_tokens, input.r.data, input.w.data,    input.k.data,      input.v.data,
                         input.a.data,   input.b.data, input.beta.data, input.lambda.data, input.mask};
    const ScanOutput to{output.w_decay.data,   output.keep.data,         output.erase.data,
                        output.write.data,     output.raw_reads.data,    output.read_routes.data,
                        output.write_routes.data, output.slot_indices};
    scan.run(from, output.final_state.data, output.final_position, to, nullptr);
    const auto routes = static_cast<size_t>(input.n_tokens) * static_cast<size_t>(config.num_states);
    std::copy_n(output.read_routes.data, routes, output.read_routes_per_head.data); // the mean over one head
}

} // namespace rwkv_ms
