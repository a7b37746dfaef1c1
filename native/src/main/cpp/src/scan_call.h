// What rwkv_ms_scan asks of its arguments, whatever computes it.
#pragma once

#include <cmath>
#include <cstdint>

#include "boundary.h"
#include "settings.h"

namespace rwkv_ms {

namespace scan_call {

inline void in_range(rwkv_ms_status status, const char *name, int64_t value, int64_t low, int64_t high) {
    require(value >= low && value <= high, status, "config: ", name, ": expected ", low, " to ", high, ", found ",
            value);
}

} // namespace scan_call

// Each setting that is read has a value that some sidecar could have.
inline void check_scan_config(const rwkv_ms_config &given) {
    using scan_call::in_range;
    in_range(RWKV_MS_E_NUM_STATE_HEADS, "num_state_heads", given.num_state_heads, 1, kMaxWidth);
    require(given.semantics_version == 1 || given.semantics_version == 2, RWKV_MS_E_UNSUPPORTED,
            "config: semantics_version: expected 1 or 2, found ", given.semantics_version);
    require(given.update_mode >= RWKV_MS_MODE_STANDARD && given.update_mode <= RWKV_MS_MODE_NO_LAMBDA,
            RWKV_MS_E_UNSUPPORTED, "config: update_mode: expected 0 to 2, found ", given.update_mode);
    require(given.rankwise_gates == 0 || given.rankwise_gates == 1, RWKV_MS_E_ARGUMENT,
            "config: rankwise_gates: expected 0 or 1, found ", given.rankwise_gates);
    in_range(RWKV_MS_E_RANK, "rank", given.rank, 1, kMaxWidth);
    in_range(RWKV_MS_E_STATE_WIDTH, "num_state_heads * rank", int64_t{given.num_state_heads} * given.rank, 1,
             kMaxWidth);
    in_range(RWKV_MS_E_NUM_STATES, "num_states", given.num_states, 1, INT32_MAX);
    in_range(RWKV_MS_E_CHUNK_SIZE, "chunk_size", given.chunk_size, 1, INT64_MAX);
    in_range(RWKV_MS_E_SETTING_RANGE, "read_top_k", given.read_top_k, 0, INT32_MAX);
    require(std::isfinite(given.erase_gate), RWKV_MS_E_SETTING_RANGE,
            "config: erase_gate: expected a finite number, found ", given.erase_gate);
}

// Numbers of values; none overflows after check_scan_config.
struct ScanSizes {
    size_t tokens, rows, gates, routes_per_head, routes, state;
};

inline ScanSizes scan_sizes(const rwkv_ms_config &config, int32_t n_tokens) {
    const auto tokens = static_cast<size_t>(n_tokens), heads = static_cast<size_t>(config.num_state_heads),
               rank = static_cast<size_t>(config.rank), slots = static_cast<size_t>(config.num_states);
    const size_t width = heads * rank;
    return {tokens,
            tokens * width,
            tokens * (config.rankwise_gates != 0 ? width : heads),
            tokens * heads * slots,
            tokens * slots,
            slots * width * rank};
}

// After check_scan_config: the numbers of the input, and the buffers of both.
inline ScanSizes check_scan_call(const rwkv_ms_config &config, const rwkv_ms_scan_input &input,
                                 const rwkv_ms_scan_output &output) {
    require(input.n_tokens >= 1, RWKV_MS_E_ARGUMENT, "n_tokens: expected at least 1, found ", input.n_tokens);
    require(input.reserved == 0, RWKV_MS_E_ARGUMENT, "reserved: expected 0, found ", input.reserved);
    require(input.position >= 0 && input.position <= INT64_MAX - input.n_tokens, RWKV_MS_E_STATE_VALUE,
            "position: expected 0 or more and room for ", input.n_tokens, " tokens, found ", input.position);
    const ScanSizes sizes = scan_sizes(config, input.n_tokens);
    Disjoint used;
    const struct {
        const char *name;
        const rwkv_ms_buffer &buffer;
        size_t count;
    } outputs[] = {{"w_decay", output.w_decay, sizes.rows},
                   {"keep", output.keep, sizes.rows},
                   {"erase", output.erase, sizes.rows},
                   {"write", output.write, sizes.rows},
                   {"raw_reads", output.raw_reads, sizes.rows},
                   {"read_routes_per_head", output.read_routes_per_head, sizes.routes_per_head},
                   {"read_routes", output.read_routes, sizes.routes},
                   {"write_routes", output.write_routes, sizes.routes},
                   {"final_state", output.final_state, sizes.state}};
    const struct {
        const char *name;
        const rwkv_ms_floats &floats;
        size_t count;
    } inputs[] = {{"r", input.r, sizes.rows},        {"w", input.w, sizes.rows},
                  {"k", input.k, sizes.rows},        {"v", input.v, sizes.rows},
                  {"a", input.a, sizes.rows},        {"b", input.b, sizes.rows},
                  {"beta", input.beta, sizes.gates}, {"lambda", input.lambda, sizes.gates},
                  {"state", input.state, sizes.state}};
    for (const auto &[name, floats, count] : inputs) {
        not_null(floats.data, name);
        exactly(name, floats.count, count);
    }
    check_mask(input.mask, input.n_tokens);
    for (const auto &[name, buffer, count] : outputs) {
        not_null(buffer.data, name);
        room(name, buffer.count, count, "floats");
        used.add(name, buffer.data, count);
    }
    not_null(output.slot_indices, "slot_indices");
    room("slot_indices", output.slot_indices_count, sizes.tokens, "elements");
    used.add("slot_indices", output.slot_indices, sizes.tokens);
    // Inputs may share memory with each other, and with no output.
    for (const auto &[name, floats, count] : inputs) Disjoint(used).add(name, floats.data, count);
    if (input.mask != nullptr) Disjoint(used).add("mask", input.mask, sizes.tokens);
    return sizes;
}

} // namespace rwkv_ms
