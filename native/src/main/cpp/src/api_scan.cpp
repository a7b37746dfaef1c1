// rwkv_ms_scan: the scan alone, on a caller's features.
#include <algorithm>
#include <cmath>
#include <vector>

#include "api.h"
#include "scan.h"

using namespace rwkv_ms;

namespace {

// What rwkv_ms_scan reads of a configuration.
Config scan_config(const rwkv_ms_config &given) {
    require(given.num_state_heads == 1, RWKV_MS_E_NUM_STATE_HEADS, "config: num_state_heads: expected 1, found ",
            given.num_state_heads);
    require(given.semantics_version == 1 || given.semantics_version == 2, RWKV_MS_E_UNSUPPORTED,
            "config: semantics_version: expected 1 or 2, found ", given.semantics_version);
    require(given.update_mode >= RWKV_MS_MODE_STANDARD && given.update_mode <= RWKV_MS_MODE_NO_LAMBDA,
            RWKV_MS_E_UNSUPPORTED, "config: update_mode: expected 0 to 2, found ", given.update_mode);
    require(given.rankwise_gates == 0 || given.rankwise_gates == 1, RWKV_MS_E_ARGUMENT,
            "config: rankwise_gates: expected 0 or 1, found ", given.rankwise_gates);
    Config config;
    config.rank = given.rank;
    config.num_states = given.num_states;
    config.chunk_size = given.chunk_size;
    config.erase_gate = given.erase_gate;
    config.read_top_k = given.read_top_k;
    config.semantics_version = given.semantics_version;
    config.update_mode = given.update_mode;
    config.rankwise_gates = given.rankwise_gates != 0;
    check_range(RWKV_MS_E_RANK, "config: rank", config.rank, 1, kMaxWidth);
    check_range(RWKV_MS_E_NUM_STATES, "config: num_states", config.num_states, 1, INT32_MAX);
    check_range(RWKV_MS_E_CHUNK_SIZE, "config: chunk_size", config.chunk_size, 1, INT64_MAX);
    check_range(RWKV_MS_E_SETTING_RANGE, "config: read_top_k", config.read_top_k, 0, INT32_MAX);
    require(std::isfinite(config.erase_gate), RWKV_MS_E_SETTING_RANGE,
            "config: erase_gate: expected a finite number, found ", config.erase_gate);
    Unsupported unsupported;
    check_limits(config, "config", unsupported);
    unsupported.raise();
    return config;
}

} // namespace

int32_t rwkv_ms_scan(rwkv_ms_runtime *runtime, const rwkv_ms_config *config, const rwkv_ms_scan_input *input,
                     rwkv_ms_scan_output *output) {
    if (runtime == nullptr) return RWKV_MS_E_ARGUMENT;
    return guarded(runtime->error, [&] {
        not_null(config, "config");
        not_null(input, "input");
        not_null(output, "output");
        const Config checked = scan_config(*config);
        require(input->n_tokens >= 1, RWKV_MS_E_ARGUMENT, "n_tokens: expected at least 1, found ", input->n_tokens);
        require(input->reserved == 0, RWKV_MS_E_ARGUMENT, "reserved: expected 0, found ", input->reserved);
        require(input->position >= 0 && input->position <= INT64_MAX - input->n_tokens, RWKV_MS_E_STATE_VALUE,
                "position: expected 0 or more and room for ", input->n_tokens, " tokens, found ", input->position);
        const size_t tokens = static_cast<size_t>(input->n_tokens), d = static_cast<size_t>(checked.rank);
        const size_t gates = static_cast<size_t>(checked.gates()), slots = static_cast<size_t>(checked.num_states);
        const size_t state_size = static_cast<size_t>(checked.state_values());
        const struct {
            const char *name;
            const rwkv_ms_floats &floats;
            size_t count;
        } inputs[] = {{"r", input->r, tokens * d},           {"w", input->w, tokens * d},
                      {"k", input->k, tokens * d},           {"v", input->v, tokens * d},
                      {"a", input->a, tokens * d},           {"b", input->b, tokens * d},
                      {"beta", input->beta, tokens * gates}, {"lambda", input->lambda, tokens * gates},
                      {"state", input->state, state_size}};
        for (const auto &[name, floats, count] : inputs) {
            not_null(floats.data, name);
            exactly(name, floats.count, count);
        }
        check_mask(input->mask, input->n_tokens);
        const struct {
            const char *name;
            const rwkv_ms_buffer &buffer;
            size_t count;
        } outputs[] = {{"w_decay", output->w_decay, tokens * d},
                       {"keep", output->keep, tokens * d},
                       {"erase", output->erase, tokens * d},
                       {"write", output->write, tokens * d},
                       {"raw_reads", output->raw_reads, tokens * d},
                       {"read_routes_per_head", output->read_routes_per_head, tokens * slots},
                       {"read_routes", output->read_routes, tokens * slots},
                       {"write_routes", output->write_routes, tokens * slots},
                       {"final_state", output->final_state, state_size}};
        for (const auto &[name, buffer, count] : outputs) {
            not_null(buffer.data, name);
            room(name, buffer.count, count, "floats");
        }
        not_null(output->slot_indices, "slot_indices");
        room("slot_indices", output->slot_indices_count, tokens, "elements");

        Scan scan(checked);
        std::vector<float> state(input->state.data, input->state.data + state_size);
        const ScanInput from{input->n_tokens, input->r.data, input->w.data,    input->k.data,      input->v.data,
                             input->a.data,   input->b.data, input->beta.data, input->lambda.data, input->mask};
        const ScanOutput to{output->w_decay.data,      output->keep.data,      output->erase.data,
                            output->write.data,        output->raw_reads.data, output->read_routes.data,
                            output->write_routes.data, output->slot_indices};
        int64_t position = input->position;
        scan.run(from, state.data(), position, to, nullptr);
        std::copy_n(output->read_routes.data, tokens * slots,
                    output->read_routes_per_head.data); // the mean over one head
        std::copy(state.begin(), state.end(), output->final_state.data);
        output->final_position = position;
    });
}
