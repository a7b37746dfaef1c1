// rwkv_ms.h: runtime, sidecar, context, forward and taps; argument checks around the classes of library.h.
#include "api.h"

#include <algorithm>
#include <cstring>

#include "layout.h"

using namespace rwkv_ms;

namespace {

constexpr int32_t kMaxMicrobatch = 512; // of a context on a device

rwkv_ms_config public_config(const Config &config) {
    rwkv_ms_config out{};
    out.hidden_size = static_cast<int32_t>(config.hidden_size);
    out.rank = static_cast<int32_t>(config.rank);
    out.num_state_heads = static_cast<int32_t>(config.num_state_heads);
    out.num_states = static_cast<int32_t>(config.num_states);
    out.chunk_size = config.chunk_size;
    out.alpha = config.alpha;
    out.erase_gate = config.erase_gate;
    out.read_top_k = static_cast<int32_t>(config.read_top_k);
    out.semantics_version = config.semantics_version;
    out.update_mode = config.update_mode;
    out.delta_heads = config.delta_heads;
    out.normalize_qk = config.normalize_qk;
    out.couple_lambda = config.couple_lambda;
    out.rankwise_gates = config.rankwise_gates;
    out.layer_count = static_cast<int32_t>(config.layers.size());
    return out;
}

// Refuses a call that would take a context out of step with the host's memory.
void detached(const Context &context, const char *call, const char *instead) {
    require(context.host() == nullptr, RWKV_MS_E_ATTACHED, call,
            ": expected a context that is not attached to llama.cpp: ", instead);
}

Call checked_call(const Context &context, int32_t layer, const float *hidden, size_t hidden_count, const uint8_t *mask,
                  int32_t n_tokens, uint32_t flags, const rwkv_ms_deltas *deltas) {
    const Config &config = context.config();
    const size_t index = context.index_of(layer);
    not_null(hidden, "hidden");
    require(n_tokens >= 1, RWKV_MS_E_ARGUMENT, "n_tokens: expected at least 1, found ", n_tokens);
    const size_t tokens = static_cast<size_t>(n_tokens);
    exactly("hidden_count", hidden_count, tokens * static_cast<size_t>(config.hidden_size));
    check_mask(mask, n_tokens);
    no_other_flags(flags, RWKV_MS_FORWARD_READ_ONLY | RWKV_MS_FORWARD_LEGACY_PREDECESSOR | RWKV_MS_FORWARD_TAPS |
                              RWKV_MS_FORWARD_STEP_TRACE);
    const bool legacy = (flags & RWKV_MS_FORWARD_LEGACY_PREDECESSOR) != 0, taps = (flags & RWKV_MS_FORWARD_TAPS) != 0,
               trace = (flags & RWKV_MS_FORWARD_STEP_TRACE) != 0;
    require(taps || !trace, RWKV_MS_E_ARGUMENT, "flags: RWKV_MS_FORWARD_STEP_TRACE needs RWKV_MS_FORWARD_TAPS");
    require(!legacy || config.semantics_version == 1, RWKV_MS_E_ARGUMENT,
            "flags: RWKV_MS_FORWARD_LEGACY_PREDECESSOR: semantics 2 has no legacy predecessor; set the previous "
            "source to zero instead");
    not_null(deltas, "deltas");
    const Call call{layer, index, hidden, mask, n_tokens, legacy, taps, trace,
                    {deltas->q, deltas->k, deltas->v, deltas->o}};
    const size_t counts[] = {deltas->q_count, deltas->k_count, deltas->v_count, deltas->o_count};
    static const char *const names[] = {"deltas.q", "deltas.k", "deltas.v", "deltas.o"};
    Disjoint used;
    used.add("hidden", hidden, hidden_count);
    for (const size_t head : kEachHead) {
        if (call.deltas[head] == nullptr) {
            require(counts[head] == 0, RWKV_MS_E_ARGUMENT, names[head], ": NULL with a length of ", counts[head]);
            continue;
        }
        require((config.delta_heads >> head & 1) != 0, RWKV_MS_E_ARGUMENT, names[head],
                ": expected NULL, the sidecar does not activate this head");
        const size_t needed = tokens * static_cast<size_t>(context.description().widths[index][head]);
        room(names[head], counts[head], needed, "floats");
        used.add(names[head], call.deltas[head], needed);
    }
    return call;
}

// A context whose memory `make` makes of a model.
template <typename Make>
int32_t create_context(rwkv_ms_sidecar *handle, const rwkv_ms_context_params *params, rwkv_ms_context **out,
                       Make &&make) {
    if (out != nullptr) *out = nullptr;
    return with(handle, [&](const rwkv_ms_sidecar &sidecar) {
        not_null(params, "params");
        not_null(out, "out");
        require(params->n_sequences == 1, RWKV_MS_E_SEQUENCES, "n_sequences: expected 1, found ", params->n_sequences,
                ": a context holds one sequence, a batch is one context per row");
        require(params->read_top_k >= -1, RWKV_MS_E_ARGUMENT, "read_top_k: expected -1 or more, found ",
                params->read_top_k);
        *out = Handles<rwkv_ms_context>::add(
            std::make_shared<rwkv_ms_context>(sidecar.shared, make(*sidecar.shared.model)));
    });
}

} // namespace

uint32_t rwkv_ms_abi_version(void) { return RWKV_MS_ABI_VERSION; }

const char *rwkv_ms_version(void) { return library_version(); }

int32_t rwkv_ms_layout(char *text, size_t size, size_t *needed) {
    ErrorText ignored;
    return guarded(ignored, [&] { copy_text(layout_text(), text, size, needed); });
}

int32_t rwkv_ms_runtime_create(const rwkv_ms_runtime_params *params, rwkv_ms_runtime **out, char *error,
                               size_t error_size) {
    ErrorText text;
    if (out != nullptr) *out = nullptr;
    const int32_t status = guarded(text, [&] {
        not_null(params, "params");
        not_null(out, "out");
        require(params->n_threads >= 1 && params->n_threads <= kMaxThreads, RWKV_MS_E_ARGUMENT,
                "n_threads: expected 1 to ", kMaxThreads, ", found ", params->n_threads);
        require(params->reserved == 0, RWKV_MS_E_ARGUMENT, "reserved: expected 0, found ", params->reserved);
        auto runtime = std::make_shared<rwkv_ms_runtime>();
        runtime->library = make_library(*params);
        *out = Handles<rwkv_ms_runtime>::add(std::move(runtime));
    });
    if (status != RWKV_MS_OK) copy_start(text, error, error_size);
    return status;
}

void rwkv_ms_runtime_destroy(rwkv_ms_runtime *runtime) { Handles<rwkv_ms_runtime>::remove(runtime); }

int32_t rwkv_ms_runtime_error(const rwkv_ms_runtime *runtime, char *text, size_t size, size_t *needed) {
    return last_error(runtime, text, size, needed);
}

int32_t rwkv_ms_build_info(rwkv_ms_runtime *handle, char *json, size_t size, size_t *needed) {
    return with(handle, [&](const rwkv_ms_runtime &runtime) { copy_text(runtime.library->build_info(), json, size, needed); });
}

int32_t rwkv_ms_sidecar_open(rwkv_ms_runtime *handle, const char *path, const char *base_path, uint32_t flags,
                             rwkv_ms_sidecar **out) {
    if (out != nullptr) *out = nullptr;
    return with(handle, [&](const rwkv_ms_runtime &runtime) {
        not_null(path, "path");
        not_null(out, "out");
        no_other_flags(flags, 0);
        require(base_path == nullptr || *base_path != '\0', RWKV_MS_E_ARGUMENT,
                "base_path: expected a path or NULL, found an empty text");
        auto opened = std::make_shared<rwkv_ms_sidecar>();
        opened->shared = {runtime.library, runtime.library->open(path, base_path != nullptr ? base_path : ""),
                          base_path != nullptr};
        *out = Handles<rwkv_ms_sidecar>::add(std::move(opened));
    });
}

void rwkv_ms_sidecar_close(rwkv_ms_sidecar *sidecar) { Handles<rwkv_ms_sidecar>::remove(sidecar); }

int32_t rwkv_ms_sidecar_error(const rwkv_ms_sidecar *sidecar, char *text, size_t size, size_t *needed) {
    return last_error(sidecar, text, size, needed);
}

int32_t rwkv_ms_sidecar_config(const rwkv_ms_sidecar *handle, rwkv_ms_config *config) {
    return with(handle, [&](const rwkv_ms_sidecar &sidecar) {
        not_null(config, "config");
        *config = public_config(sidecar.description().config);
    });
}

int32_t rwkv_ms_sidecar_layers(const rwkv_ms_sidecar *handle, int32_t *layers, size_t count, size_t *needed) {
    return with(handle, [&](const rwkv_ms_sidecar &sidecar) {
        const std::vector<int32_t> &found = sidecar.description().config.layers;
        if (needed != nullptr) *needed = found.size();
        require(layers != nullptr || count == 0, RWKV_MS_E_ARGUMENT, "layers: must not be NULL where count is ", count);
        room("layers", count, found.size(), "elements");
        std::copy(found.begin(), found.end(), layers);
    });
}

int32_t rwkv_ms_sidecar_delta_width(const rwkv_ms_sidecar *handle, int32_t layer, int32_t head, int32_t *width) {
    return with(handle, [&](const rwkv_ms_sidecar &sidecar) {
        not_null(width, "width");
        const size_t index = head_index(head);
        *width = static_cast<int32_t>(sidecar.description().widths[sidecar.shared.index_of(layer)][index]);
    });
}

int32_t rwkv_ms_context_create(rwkv_ms_sidecar *handle, const rwkv_ms_context_params *params, rwkv_ms_context **out) {
    return create_context(handle, params, out,
                          [&](const RuntimeModel &model) { return model.create(params->read_top_k); });
}

int32_t rwkv_ms_context_create_on(rwkv_ms_sidecar *handle, const rwkv_ms_context_params *params, const char *device,
                                  int32_t n_tokens, uint32_t flags, rwkv_ms_context **out) {
    return create_context(handle, params, out, [&](const RuntimeModel &model) {
        not_null(device, "device");
        require(n_tokens >= 1 && n_tokens <= kMaxMicrobatch, RWKV_MS_E_ARGUMENT, "n_tokens: expected 1 to ",
                kMaxMicrobatch, ", found ", n_tokens);
        no_other_flags(flags, RWKV_MS_ON_PRECISE);
        return model.create_on(device, n_tokens, (flags & RWKV_MS_ON_PRECISE) != 0, params->read_top_k);
    });
}

int32_t rwkv_ms_context_places(rwkv_ms_context *handle, char *text, size_t size, size_t *needed) {
    return with_context(handle, [&](const Context &context) { copy_text(context.places(), text, size, needed); });
}

void rwkv_ms_context_destroy(rwkv_ms_context *context) { Handles<rwkv_ms_context>::remove(context); }

int32_t rwkv_ms_context_error(const rwkv_ms_context *context, char *text, size_t size, size_t *needed) {
    return last_error(context, text, size, needed);
}

int32_t rwkv_ms_context_reset(rwkv_ms_context *handle) {
    return with_context(handle, [&](Context &context) {
        detached(context, "rwkv_ms_context_reset", "rwkv_ms_memory_clear resets both sides");
        context.reset();
    });
}

int32_t rwkv_ms_forward(rwkv_ms_context *handle, int32_t layer, const float *hidden, size_t hidden_count,
                        const uint8_t *mask, int32_t n_tokens, uint32_t flags, rwkv_ms_deltas *deltas) {
    return with_context(handle, [&](Context &context) {
        const bool read_only = (flags & RWKV_MS_FORWARD_READ_ONLY) != 0;
        if (!read_only)
            detached(context, "rwkv_ms_forward", "the hook runs it, only a read-only one may");
        context.settle();
        context.forward(checked_call(context, layer, hidden, hidden_count, mask, n_tokens, flags, deltas), read_only);
    });
}

int32_t rwkv_ms_tap(rwkv_ms_context *handle, const char *name, rwkv_ms_tap_info *info, void *data, size_t size) {
    return with_context(handle, [&](Context &context) {
        not_null(name, "name");
        const Tap tap = context.tap(name);
        const bool integers = tap.integers != nullptr;
        const size_t bytes = tap.count * (integers ? sizeof(int64_t) : sizeof(float));
        if (data != nullptr) {
            room("data", size, bytes, "bytes");
            std::memcpy(data, integers ? static_cast<const void *>(tap.integers) : tap.floats, bytes);
        }
        if (info != nullptr) {
            *info = {};
            info->type = integers ? RWKV_MS_TYPE_I64 : RWKV_MS_TYPE_F32;
            info->n_dims = static_cast<int32_t>(tap.dims.size());
            std::copy(tap.dims.begin(), tap.dims.end(), info->dims);
            info->bytes = bytes;
        }
    });
}

int32_t rwkv_ms_state_get(rwkv_ms_context *handle, int32_t layer, float *state, size_t state_count,
                          float *previous_source, size_t source_count, int64_t *position) {
    return with_context(handle, [&](Context &context) {
        context.settle();
        const LayerState &from = context.layer(layer);
        if (state != nullptr) room("state", state_count, from.state.size(), "floats");
        if (previous_source != nullptr) room("previous_source", source_count, from.source.size(), "floats");
        if (state != nullptr) std::copy(from.state.begin(), from.state.end(), state);
        if (previous_source != nullptr) std::copy(from.source.begin(), from.source.end(), previous_source);
        if (position != nullptr) *position = from.position;
    });
}

int32_t rwkv_ms_state_set(rwkv_ms_context *handle, int32_t layer, const float *state, size_t state_count,
                          const float *previous_source, size_t source_count, const int64_t *position) {
    return with_context(handle, [&](Context &context) {
        if (position != nullptr)
            detached(context, "rwkv_ms_state_set", "llama.cpp's memory has the position");
        context.settle();
        LayerState &to = context.layer(layer);
        if (state != nullptr) {
            exactly("state", state_count, to.state.size());
            finite("state", state, state_count);
        }
        if (previous_source != nullptr) {
            exactly("previous_source", source_count, to.source.size());
            finite("previous_source", previous_source, source_count);
        }
        require(position == nullptr || *position >= 0, RWKV_MS_E_STATE_VALUE, "position: expected 0 or more, found ",
                position != nullptr ? *position : 0);
        if (state != nullptr) std::copy_n(state, state_count, to.state.begin());
        if (previous_source != nullptr) std::copy_n(previous_source, source_count, to.source.begin());
        if (position != nullptr) to.position = *position;
    });
}
