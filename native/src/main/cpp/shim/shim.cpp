#include "shim.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "../src/boundary.h"
#include "../src/layout.h"
#include "../src/scan_call.h"

using rwkv_ms::check_mask;
using rwkv_ms::copy_start;
using rwkv_ms::copy_text;
using rwkv_ms::Disjoint;
using rwkv_ms::ErrorText;
using rwkv_ms::exactly;
using rwkv_ms::fail;
using rwkv_ms::finite;
using rwkv_ms::guarded;
using rwkv_ms::Handles;
using rwkv_ms::head_index;
using rwkv_ms::kMaxThreads;
using rwkv_ms::last_error;
using rwkv_ms::LayerState;
using rwkv_ms::live;
using rwkv_ms::no_other_flags;
using rwkv_ms::not_null;
using rwkv_ms::require;
using rwkv_ms::room;

struct rwkv_ms_runtime {
    std::shared_ptr<shim::Library> library;
    mutable ErrorText error;
};

struct rwkv_ms_sidecar {
    std::shared_ptr<shim::Library> library; // outlives its models
    std::shared_ptr<shim::Model> model;
    mutable ErrorText error;
};

struct rwkv_ms_context {
    std::shared_ptr<shim::Library> library;
    std::shared_ptr<shim::Model> model;
    std::unique_ptr<shim::Memory> memory;
    std::vector<LayerState> layers; // beside the description's
    bool tapped = false;
    mutable ErrorText error;
};

namespace {

constexpr size_t kHeads = 4;

// Runs a function of what a handle stands for, which may be nothing.
template <typename Handle, typename Function> int32_t on(const Handle &handle, Function &&function) noexcept {
    return handle == nullptr ? int32_t{RWKV_MS_E_ARGUMENT} : guarded(handle->error, function);
}

size_t index_of(const shim::Description &description, int32_t layer) {
    const std::vector<int32_t> &layers = description.config.layers;
    const auto found = std::find(layers.begin(), layers.end(), layer);
    require(found != layers.end(), RWKV_MS_E_NO_LAYER, "layer: expected a target layer of the sidecar, found ", layer);
    return static_cast<size_t>(found - layers.begin());
}

const shim::Description &described(const rwkv_ms_context &context) { return context.model->description(); }

LayerState &state_of(rwkv_ms_context &context, int32_t layer) {
    return context.layers[index_of(described(context), layer)];
}

void reset(rwkv_ms_context &context) {
    for (LayerState &layer : context.layers) {
        std::fill(layer.state.begin(), layer.state.end(), 0.0f);
        std::fill(layer.source.begin(), layer.source.end(), 0.0f);
        layer.position = 0;
    }
    context.tapped = false;
}

int32_t refuse_mutation(rwkv_ms_context *handle, const char *what) {
    const auto context = live(handle);
    return on(context, [what] {
        fail(RWKV_MS_E_MUTATION, what, ": the memory's state is a sum over all tokens of one sequence: it can be "
             "cleared as a whole, and nothing else");
    });
}

shim::Call checked(const shim::Description &description, int32_t layer, const float *hidden, size_t hidden_count,
                   const uint8_t *mask, int32_t n_tokens, uint32_t flags, rwkv_ms_deltas *deltas) {
    const size_t index = index_of(description, layer);
    not_null(hidden, "hidden");
    not_null(deltas, "deltas");
    require(n_tokens >= 1, RWKV_MS_E_ARGUMENT, "n_tokens: expected at least 1, found ", n_tokens);
    const size_t tokens = static_cast<size_t>(n_tokens);
    exactly("hidden_count", hidden_count, tokens * static_cast<size_t>(description.config.hidden_size));
    check_mask(mask, n_tokens);
    constexpr uint32_t kKnown = RWKV_MS_FORWARD_READ_ONLY | RWKV_MS_FORWARD_LEGACY_PREDECESSOR |
                                RWKV_MS_FORWARD_TAPS | RWKV_MS_FORWARD_STEP_TRACE;
    no_other_flags(flags, kKnown);
    const bool legacy = (flags & RWKV_MS_FORWARD_LEGACY_PREDECESSOR) != 0;
    const bool taps = (flags & RWKV_MS_FORWARD_TAPS) != 0, trace = (flags & RWKV_MS_FORWARD_STEP_TRACE) != 0;
    require(taps || !trace, RWKV_MS_E_ARGUMENT, "flags: RWKV_MS_FORWARD_STEP_TRACE needs RWKV_MS_FORWARD_TAPS");
    require(!legacy || description.config.semantics_version == 1, RWKV_MS_E_ARGUMENT,
            "flags: RWKV_MS_FORWARD_LEGACY_PREDECESSOR: semantics 2 has no legacy predecessor");
    shim::Call call{layer, hidden, mask, n_tokens, legacy, taps, trace, {deltas->q, deltas->k, deltas->v, deltas->o}};
    Disjoint used;
    used.add("hidden", hidden, hidden_count);
    const size_t counts[] = {deltas->q_count, deltas->k_count, deltas->v_count, deltas->o_count};
    for (size_t head = 0; head < kHeads; ++head) {
        if (call.deltas[head] == nullptr) {
            require(counts[head] == 0, RWKV_MS_E_ARGUMENT, "deltas: NULL with a length of ", counts[head]);
            continue;
        }
        require((description.config.delta_heads >> head & 1) != 0, RWKV_MS_E_ARGUMENT,
                "deltas: expected NULL, the sidecar does not activate head ", head);
        const size_t needed = tokens * static_cast<size_t>(description.widths[index][head]);
        room("deltas", counts[head], needed, "floats");
        used.add("deltas", call.deltas[head], needed);
    }
    return call;
}

// Results on their way to a caller's buffers, which they reach only when all of a call has succeeded.
class Results {
public:
    // Memory to compute into in the place of the caller's.
    template <typename T> T *instead_of(T *theirs, size_t count) {
        auto ours = std::make_shared<std::vector<T>>(count);
        copies_.push_back([theirs, ours] { std::copy(ours->begin(), ours->end(), theirs); });
        return ours->data();
    }
    void deliver() const {
        for (const auto &copy : copies_) copy();
    }

private:
    std::vector<std::function<void()>> copies_;
};

} // namespace

// ---- identity

uint32_t rwkv_ms_abi_version(void) { return RWKV_MS_ABI_VERSION; }
const char *rwkv_ms_version(void) { return shim::version(); }

int32_t rwkv_ms_layout(char *text, size_t size, size_t *needed) {
    ErrorText ignored;
    return guarded(ignored, [&] { copy_text(rwkv_ms::layout_text(), text, size, needed); });
}

// ---- runtime

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
        runtime->library = shim::library(*params);
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
    const auto runtime = live(handle);
    return on(runtime, [&] { copy_text(runtime->library->build_info(), json, size, needed); });
}

// ---- sidecar

int32_t rwkv_ms_sidecar_open(rwkv_ms_runtime *handle, const char *path, const char *base_path, uint32_t flags,
                             rwkv_ms_sidecar **out) {
    if (out != nullptr) *out = nullptr;
    const auto runtime = live(handle);
    return on(runtime, [&] {
        not_null(path, "path");
        not_null(out, "out");
        require(flags == 0, RWKV_MS_E_ARGUMENT, "flags: expected 0, found ", flags);
        require(base_path == nullptr || *base_path != '\0', RWKV_MS_E_ARGUMENT,
                "base_path: expected a path or NULL, found an empty text");
        auto sidecar = std::make_shared<rwkv_ms_sidecar>();
        sidecar->library = runtime->library;
        sidecar->model = runtime->library->open(path, base_path != nullptr ? base_path : "");
        *out = Handles<rwkv_ms_sidecar>::add(std::move(sidecar));
    });
}

void rwkv_ms_sidecar_close(rwkv_ms_sidecar *sidecar) { Handles<rwkv_ms_sidecar>::remove(sidecar); }

int32_t rwkv_ms_sidecar_error(const rwkv_ms_sidecar *sidecar, char *text, size_t size, size_t *needed) {
    return last_error(sidecar, text, size, needed);
}

int32_t rwkv_ms_sidecar_fingerprint(const rwkv_ms_sidecar *handle, uint8_t *fingerprint, size_t size) {
    const auto sidecar = live(handle);
    return on(sidecar, [&] {
        not_null(fingerprint, "fingerprint");
        room("fingerprint", size, RWKV_MS_FINGERPRINT_BYTES, "bytes");
        const rwkv_ms::Hash &hash = sidecar->model->description().fingerprint;
        std::copy(hash.begin(), hash.end(), fingerprint);
    });
}

int32_t rwkv_ms_sidecar_config(const rwkv_ms_sidecar *handle, rwkv_ms_config *config) {
    const auto sidecar = live(handle);
    return on(sidecar, [&] {
        not_null(config, "config");
        const rwkv_ms::Config &from = sidecar->model->description().config;
        *config = {};
        config->hidden_size = static_cast<int32_t>(from.hidden_size);
        config->rank = static_cast<int32_t>(from.rank);
        config->num_state_heads = static_cast<int32_t>(from.num_state_heads);
        config->num_states = static_cast<int32_t>(from.num_states);
        config->chunk_size = from.chunk_size;
        config->alpha = from.alpha;
        config->erase_gate = from.erase_gate;
        config->read_top_k = static_cast<int32_t>(from.read_top_k);
        config->semantics_version = from.semantics_version;
        config->update_mode = from.update_mode;
        config->delta_heads = from.delta_heads;
        config->normalize_qk = from.normalize_qk;
        config->couple_lambda = from.couple_lambda;
        config->rankwise_gates = from.rankwise_gates;
        config->layer_count = static_cast<int32_t>(from.layers.size());
    });
}

int32_t rwkv_ms_sidecar_layers(const rwkv_ms_sidecar *handle, int32_t *layers, size_t count, size_t *needed) {
    const auto sidecar = live(handle);
    return on(sidecar, [&] {
        const std::vector<int32_t> &found = sidecar->model->description().config.layers;
        if (needed != nullptr) *needed = found.size();
        require(layers != nullptr || count == 0, RWKV_MS_E_ARGUMENT, "layers: must not be NULL where count is ", count);
        room("layers", count, found.size(), "elements");
        std::copy(found.begin(), found.end(), layers);
    });
}

int32_t rwkv_ms_sidecar_delta_width(const rwkv_ms_sidecar *handle, int32_t layer, int32_t head, int32_t *width) {
    const auto sidecar = live(handle);
    return on(sidecar, [&] {
        not_null(width, "width");
        const shim::Description &description = sidecar->model->description();
        const std::array<int32_t, kHeads> &widths = description.widths[index_of(description, layer)];
        *width = widths[head_index(head)];
    });
}

// ---- context

int32_t rwkv_ms_context_create(rwkv_ms_sidecar *handle, const rwkv_ms_context_params *params, rwkv_ms_context **out) {
    if (out != nullptr) *out = nullptr;
    const auto sidecar = live(handle);
    return on(sidecar, [&] {
        not_null(params, "params");
        not_null(out, "out");
        require(params->n_sequences == 1, RWKV_MS_E_SEQUENCES, "n_sequences: expected 1, found ", params->n_sequences);
        require(params->read_top_k >= -1, RWKV_MS_E_ARGUMENT, "read_top_k: expected -1 or more, found ",
                params->read_top_k);
        auto context = std::make_shared<rwkv_ms_context>();
        context->library = sidecar->library;
        context->model = sidecar->model;
        context->memory = sidecar->model->create(params->read_top_k);
        const rwkv_ms::Config &config = sidecar->model->description().config;
        const LayerState empty{std::vector<float>(static_cast<size_t>(config.state_values())),
                               std::vector<float>(static_cast<size_t>(config.width())), 0};
        context->layers.assign(config.layers.size(), empty);
        *out = Handles<rwkv_ms_context>::add(std::move(context));
    });
}

void rwkv_ms_context_destroy(rwkv_ms_context *context) { Handles<rwkv_ms_context>::remove(context); }

int32_t rwkv_ms_context_error(const rwkv_ms_context *context, char *text, size_t size, size_t *needed) {
    return last_error(context, text, size, needed);
}

int32_t rwkv_ms_context_reset(rwkv_ms_context *handle) {
    const auto context = live(handle);
    return on(context, [&] { reset(*context); });
}

int32_t rwkv_ms_forward(rwkv_ms_context *handle, int32_t layer, const float *hidden, size_t hidden_count,
                        const uint8_t *mask, int32_t n_tokens, uint32_t flags, rwkv_ms_deltas *deltas) {
    const auto context = live(handle);
    return on(context, [&] {
        shim::Call call =
            checked(described(*context), layer, hidden, hidden_count, mask, n_tokens, flags, deltas);
        LayerState &state = state_of(*context, layer);
        require(state.position <= INT64_MAX - n_tokens, RWKV_MS_E_ARGUMENT, "layer ", layer, ": position ",
                state.position, " + ", n_tokens, " tokens is beyond 64 bits");
        Results results;
        const std::array<int32_t, kHeads> &widths = described(*context).widths[index_of(described(*context), layer)];
        for (size_t head = 0; head < kHeads; ++head) {
            const size_t count = static_cast<size_t>(n_tokens) * static_cast<size_t>(widths[head]);
            if (call.deltas[head] != nullptr) call.deltas[head] = results.instead_of(call.deltas[head], count);
        }
        LayerState after = context->memory->forward(call, state);
        results.deliver();
        context->tapped = context->tapped || call.taps;
        if ((flags & RWKV_MS_FORWARD_READ_ONLY) == 0) std::swap(state, after);
    });
}

int32_t rwkv_ms_tap(rwkv_ms_context *handle, const char *name, rwkv_ms_tap_info *info, void *data, size_t size) {
    const auto context = live(handle);
    return on(context, [&] {
        not_null(name, "name");
        require(context->tapped, RWKV_MS_E_NO_TAP, "tap '", name, "': no forward with RWKV_MS_FORWARD_TAPS yet");
        const shim::Tap tap = context->memory->tap(name);
        const bool integers = !tap.integers.empty();
        const size_t bytes = integers ? tap.integers.size() * sizeof(int64_t) : tap.floats.size() * sizeof(float);
        if (data != nullptr) {
            room("data", size, bytes, "bytes");
            std::memcpy(data, integers ? static_cast<const void *>(tap.integers.data()) : tap.floats.data(), bytes);
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

// ---- state

int32_t rwkv_ms_state_get(rwkv_ms_context *handle, int32_t layer, float *state, size_t state_count,
                          float *previous_source, size_t source_count, int64_t *position) {
    const auto context = live(handle);
    return on(context, [&] {
        const LayerState &from = state_of(*context, layer);
        if (state != nullptr) room("state", state_count, from.state.size(), "floats");
        if (previous_source != nullptr) room("previous_source", source_count, from.source.size(), "floats");
        if (state != nullptr) std::copy(from.state.begin(), from.state.end(), state);
        if (previous_source != nullptr) std::copy(from.source.begin(), from.source.end(), previous_source);
        if (position != nullptr) *position = from.position;
    });
}

int32_t rwkv_ms_state_set(rwkv_ms_context *handle, int32_t layer, const float *state, size_t state_count,
                          const float *previous_source, size_t source_count, const int64_t *position) {
    const auto context = live(handle);
    return on(context, [&] {
        LayerState &to = state_of(*context, layer);
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

int32_t rwkv_ms_state_size(rwkv_ms_context *handle, size_t *size) {
    const auto context = live(handle);
    return on(context, [&] {
        not_null(size, "size");
        *size = rwkv_ms::payload_size(described(*context).config);
    });
}

int32_t rwkv_ms_state_save(rwkv_ms_context *handle, void *data, size_t size, size_t *written) {
    const auto context = live(handle);
    return on(context, [&] {
        not_null(data, "data");
        const shim::Description &description = described(*context);
        const size_t needed = rwkv_ms::payload_size(description.config);
        room("data", size, needed, "bytes");
        rwkv_ms::write_payload(description.config, description.fingerprint, context->layers,
                               static_cast<uint8_t *>(data));
        if (written != nullptr) *written = needed;
    });
}

int32_t rwkv_ms_state_load(rwkv_ms_context *handle, const void *data, size_t size) {
    const auto context = live(handle);
    return on(context, [&] {
        not_null(data, "data");
        const shim::Description &description = described(*context);
        std::vector<LayerState> layers = rwkv_ms::read_payload(description.config, description.fingerprint,
                                                               static_cast<const uint8_t *>(data), size);
        context->layers.swap(layers);
    });
}

// ---- host memory

int32_t rwkv_ms_memory_clear(rwkv_ms_context *context) { return rwkv_ms_context_reset(context); }

int32_t rwkv_ms_memory_seq_rm(rwkv_ms_context *handle, int32_t sequence, int64_t p0, int64_t p1) {
    const auto context = live(handle);
    return on(context, [&] {
        require(sequence == 0 || sequence == -1, RWKV_MS_E_ARGUMENT, "sequence: expected 0 or -1, found ", sequence);
        int64_t end = 0;
        for (const LayerState &layer : context->layers) end = std::max(end, layer.position);
        const int64_t first = std::max<int64_t>(p0, 0);
        if (first == 0 && (p1 < 0 || p1 >= end)) {
            reset(*context);
            return;
        }
        const bool nothing = first >= end || (p1 >= 0 && p1 <= first);
        require(nothing, RWKV_MS_E_MUTATION, "rwkv_ms_memory_seq_rm: positions ", first, " to ", p1, " of 0 to ", end,
                ": the memory's state is a sum over all tokens: only the whole sequence can be removed");
    });
}

int32_t rwkv_ms_memory_seq_cp(rwkv_ms_context *context, int32_t, int32_t, int64_t, int64_t) {
    return refuse_mutation(context, "rwkv_ms_memory_seq_cp");
}

int32_t rwkv_ms_memory_seq_keep(rwkv_ms_context *context, int32_t) {
    return refuse_mutation(context, "rwkv_ms_memory_seq_keep");
}

int32_t rwkv_ms_memory_seq_add(rwkv_ms_context *context, int32_t, int64_t, int64_t, int64_t) {
    return refuse_mutation(context, "rwkv_ms_memory_seq_add");
}

int32_t rwkv_ms_memory_seq_div(rwkv_ms_context *context, int32_t, int64_t, int64_t, int32_t) {
    return refuse_mutation(context, "rwkv_ms_memory_seq_div");
}

// ---- llama.cpp: a fork hooks in by its own means

int32_t rwkv_ms_hook_create(rwkv_ms_context *handle, const rwkv_ms_hook_params *, rwkv_ms_hook **out) {
    if (out != nullptr) *out = nullptr;
    const auto context = live(handle);
    return on(context, [] { fail(RWKV_MS_E_UNSUPPORTED, "rwkv_ms_hook_create: this runtime has no hook"); });
}

void rwkv_ms_hook_destroy(rwkv_ms_hook *) {}
int32_t rwkv_ms_hook_error(const rwkv_ms_hook *, char *, size_t, size_t *) { return RWKV_MS_E_ARGUMENT; }
bool rwkv_ms_hook_eval(struct ggml_tensor *, bool ask, void *) { return !ask; }
int32_t rwkv_ms_hook_attach(rwkv_ms_hook *, struct llama_context *, const char *) { return RWKV_MS_E_ARGUMENT; }
int32_t rwkv_ms_hook_detach(rwkv_ms_hook *) { return RWKV_MS_E_ARGUMENT; }
int32_t rwkv_ms_hook_check(rwkv_ms_hook *) { return RWKV_MS_E_ARGUMENT; }
int32_t rwkv_ms_hook_counters(rwkv_ms_hook *, int32_t, rwkv_ms_hook_counts *) { return RWKV_MS_E_ARGUMENT; }
int32_t rwkv_ms_hook_capture(rwkv_ms_hook *, int64_t) { return RWKV_MS_E_ARGUMENT; }

int32_t rwkv_ms_hook_captured(rwkv_ms_hook *, int32_t, const char *, float *, size_t, int64_t *, int64_t *) {
    return RWKV_MS_E_ARGUMENT;
}

int32_t rwkv_ms_session_size(rwkv_ms_hook *, size_t, size_t *) { return RWKV_MS_E_ARGUMENT; }

int32_t rwkv_ms_session_save(rwkv_ms_hook *, const int32_t *, size_t, void *, size_t, size_t *) {
    return RWKV_MS_E_ARGUMENT;
}

int32_t rwkv_ms_session_load(rwkv_ms_hook *, const void *, size_t, int32_t *, size_t, size_t *) {
    return RWKV_MS_E_ARGUMENT;
}

int32_t rwkv_ms_session_save_file(rwkv_ms_hook *, const char *, const int32_t *, size_t) { return RWKV_MS_E_ARGUMENT; }

int32_t rwkv_ms_session_load_file(rwkv_ms_hook *, const char *, int32_t *, size_t, size_t *) {
    return RWKV_MS_E_ARGUMENT;
}

// ---- the scan alone

int32_t rwkv_ms_scan(rwkv_ms_runtime *handle, const rwkv_ms_config *config, const rwkv_ms_scan_input *input,
                     rwkv_ms_scan_output *output) {
    const auto runtime = live(handle);
    return on(runtime, [&] {
        not_null(config, "config");
        not_null(input, "input");
        not_null(output, "output");
        rwkv_ms::check_scan_config(*config);
        const rwkv_ms::ScanSizes sizes = rwkv_ms::check_scan_call(*config, *input, *output);
        Results results;
        rwkv_ms_scan_output own = *output;
        const auto compute_beside = [&](rwkv_ms_buffer &buffer, size_t count) {
            buffer = {results.instead_of(buffer.data, count), count};
        };
        for (rwkv_ms_buffer *rows : {&own.w_decay, &own.keep, &own.erase, &own.write, &own.raw_reads})
            compute_beside(*rows, sizes.rows);
        compute_beside(own.read_routes_per_head, sizes.routes_per_head);
        for (rwkv_ms_buffer *routes : {&own.read_routes, &own.write_routes}) compute_beside(*routes, sizes.routes);
        compute_beside(own.final_state, sizes.state);
        own.slot_indices = results.instead_of(own.slot_indices, sizes.tokens);
        own.slot_indices_count = sizes.tokens;
        runtime->library->scan(*config, *input, own);
        results.deliver();
        output->final_position = own.final_position;
    });
}
