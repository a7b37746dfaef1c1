// rwkv_ms_scan: the scan alone, on a caller's features.
#include <algorithm>
#include <vector>

#include "api.h"
#include "scan.h"
#include "scan_call.h"

using namespace rwkv_ms;

namespace {

// What rwkv_ms_scan reads of a configuration.
Config scan_config(const rwkv_ms_config &given) {
    require(given.num_state_heads == 1, RWKV_MS_E_NUM_STATE_HEADS, "config: num_state_heads: expected 1, found ",
            given.num_state_heads);
    check_scan_config(given);
    Config config;
    config.rank = given.rank;
    config.num_states = given.num_states;
    config.chunk_size = given.chunk_size;
    config.erase_gate = given.erase_gate;
    config.read_top_k = given.read_top_k;
    config.semantics_version = given.semantics_version;
    config.update_mode = given.update_mode;
    config.rankwise_gates = given.rankwise_gates != 0;
    Unsupported unsupported;
    check_limits(config, "config", unsupported);
    unsupported.raise();
    return config;
}

} // namespace

int32_t rwkv_ms_scan(rwkv_ms_runtime *handle, const rwkv_ms_config *config, const rwkv_ms_scan_input *input,
                     rwkv_ms_scan_output *output) {
    const auto runtime = live(handle);
    if (runtime == nullptr) return RWKV_MS_E_ARGUMENT;
    return guarded(runtime->error, [&] {
        not_null(config, "config");
        not_null(input, "input");
        not_null(output, "output");
        const Config checked = scan_config(*config);
        const ScanSizes sizes = check_scan_call(*config, *input, *output);

        Scan scan(checked);
        std::vector<float> state(input->state.data, input->state.data + sizes.state);
        const ScanInput from{input->n_tokens, input->r.data, input->w.data,    input->k.data,      input->v.data,
                             input->a.data,   input->b.data, input->beta.data, input->lambda.data, input->mask};
        const ScanOutput to{output->w_decay.data,      output->keep.data,      output->erase.data,
                            output->write.data,        output->raw_reads.data, output->read_routes.data,
                            output->write_routes.data, output->slot_indices};
        int64_t position = input->position;
        scan.run(from, state.data(), position, to, nullptr);
        std::copy_n(output->read_routes.data, sizes.routes,
                    output->read_routes_per_head.data); // the mean over one head
        std::copy(state.begin(), state.end(), output->final_state.data);
        output->final_position = position;
    });
}
