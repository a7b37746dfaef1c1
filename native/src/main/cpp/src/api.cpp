// rwkv_ms.h: argument checks, and exceptions turned into status codes. Nothing else lives here.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string>

#include "backend.h"
#include "context.h"
#include "error.h"
#include "layout.h"
#include "rwkv_ms.h"
#include "scan.h"
#include "sidecar.h"
#include "taps.h"

using namespace rwkv_ms;

struct rwkv_ms_runtime {
    std::shared_ptr<const Backend> backend;
    mutable ErrorText error;
};

struct rwkv_ms_sidecar {
    std::shared_ptr<const Sidecar> sidecar;
    mutable ErrorText error;
};

struct rwkv_ms_context {
    std::unique_ptr<Context> context;
    mutable ErrorText error;
};

namespace {

constexpr int32_t kMaxThreads = 512; // ggml's GGML_MAX_N_THREADS

// Runs a function of the interface: whatever it throws becomes a status and the handle's last error.
template <typename Function> int32_t guarded(ErrorText &error, Function &&function) noexcept {
    try {
        function();
        return RWKV_MS_OK;
    } catch (const Error &e) {
        error.set(e.what());
        return e.status();
    } catch (const std::bad_alloc &) {
        error.set("out of memory");
        return RWKV_MS_E_MEMORY;
    } catch (const std::exception &e) {
        error.set(e.what());
    } catch (...) {
        error.set("an exception that is not a std::exception");
    }
    return RWKV_MS_E_INTERNAL;
}

void not_null(const void *pointer, const char *name) { require(pointer != nullptr, RWKV_MS_E_ARGUMENT, name, ": must not be NULL"); }

void no_other_flags(uint32_t flags, uint32_t known) {
    require((flags & ~known) == 0, RWKV_MS_E_ARGUMENT, "flags: expected a combination of ", known, ", found ", flags);
}

// Room for `count` elements in a caller's buffer.
void room(const char *name, size_t found, size_t needed, const char *unit) {
    require(found >= needed, RWKV_MS_E_SHORT_BUFFER, name, ": expected room for at least ", needed, " ", unit, ", found ", found);
}

// Text out, with its NUL.
void copy_text(const std::string &text, char *out, size_t size, size_t *needed) {
    if (needed != nullptr) *needed = text.size() + 1;
    require(out != nullptr || size == 0, RWKV_MS_E_ARGUMENT, "text: must not be NULL where size is ", size);
    room("text", size, text.size() + 1, "bytes");
    std::memcpy(out, text.c_str(), text.size() + 1);
}

// A handle's last error. Failing to read it does not replace it.
template <typename Handle> int32_t last_error(const Handle *handle, char *text, size_t size, size_t *needed) noexcept {
    if (handle == nullptr) return RWKV_MS_E_ARGUMENT;
    ErrorText ignored;
    return guarded(ignored, [&] { copy_text(handle->error.get(), text, size, needed); });
}

void check_mask(const uint8_t *mask, int64_t n_tokens) {
    for (int64_t t = 0; mask != nullptr && t < n_tokens; ++t) {
        require(mask[t] <= 1, RWKV_MS_E_ARGUMENT, "mask: token ", t, ": expected 0 or 1, found ", int{mask[t]});
    }
}

void exactly(const char *name, size_t found, size_t expected) {
    require(found == expected, RWKV_MS_E_ARGUMENT, name, ": expected ", expected, " floats, found ", found);
}

void finite(const char *name, const float *values, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        require(std::isfinite(values[i]), RWKV_MS_E_STATE_VALUE, name, ": element ", i, ": expected a finite number, found ", values[i]);
    }
}

// head: one RWKV_MS_HEAD_*; its place in the order q, k, v, o.
size_t head_index(int32_t head) {
    for (size_t index = 0; index < 4; ++index) {
        if (head == 1 << index) return index;
    }
    fail(RWKV_MS_E_ARGUMENT, "head: expected one RWKV_MS_HEAD_*, found ", head);
}

rwkv_ms_config public_config(const Config &config) {
    rwkv_ms_config out{};
    out.hidden_size = static_cast<int32_t>(config.hidden_size);
    out.rank = static_cast<int32_t>(config.rank);
    out.num_state_heads = 1;
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

// What rwkv_ms_scan reads of a configuration.
Config scan_config(const rwkv_ms_config &given) {
    require(given.num_state_heads == 1, RWKV_MS_E_NUM_STATE_HEADS, "config: num_state_heads: expected 1, found ",
            given.num_state_heads);
    require(given.semantics_version == 1 || given.semantics_version == 2, RWKV_MS_E_UNSUPPORTED,
            "config: semantics_version: expected 1 or 2, found ", given.semantics_version);
    require(given.update_mode >= RWKV_MS_MODE_STANDARD && given.update_mode <= RWKV_MS_MODE_NO_LAMBDA, RWKV_MS_E_UNSUPPORTED,
            "config: update_mode: expected 0 to 2, found ", given.update_mode);
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
    check_numbers(config, "config");
    return config;
}

} // namespace

uint32_t rwkv_ms_abi_version(void) { return RWKV_MS_ABI_VERSION; }

const char *rwkv_ms_version(void) { return RWKV_MS_VERSION; }

const char *rwkv_ms_status_name(int32_t status) {
#define NAME(code)                                                                                                                  \
    case code: return #code
    switch (status) {
        NAME(RWKV_MS_OK);
        NAME(RWKV_MS_E_ARGUMENT);
        NAME(RWKV_MS_E_SHORT_BUFFER);
        NAME(RWKV_MS_E_NO_BACKEND);
        NAME(RWKV_MS_E_MEMORY);
        NAME(RWKV_MS_E_IO);
        NAME(RWKV_MS_E_INTERNAL);
        NAME(RWKV_MS_E_UNSUPPORTED);
        NAME(RWKV_MS_E_NO_TAP);
        NAME(RWKV_MS_E_NO_LAYER);
        NAME(RWKV_MS_E_GGUF);
        NAME(RWKV_MS_E_TRUNCATED_DATA);
        NAME(RWKV_MS_E_DUPLICATE_TENSOR);
        NAME(RWKV_MS_E_ARCHITECTURE);
        NAME(RWKV_MS_E_KEY_MISSING);
        NAME(RWKV_MS_E_KEY_TYPE);
        NAME(RWKV_MS_E_KEY_VALUE);
        NAME(RWKV_MS_E_JSON);
        NAME(RWKV_MS_E_BASE_SHA256);
        NAME(RWKV_MS_E_BASE_MISMATCH);
        NAME(RWKV_MS_E_NUM_STATE_HEADS);
        NAME(RWKV_MS_E_TENSOR_MISSING);
        NAME(RWKV_MS_E_TENSOR_SHAPE);
        NAME(RWKV_MS_E_TENSOR_TYPE);
        NAME(RWKV_MS_E_TENSOR_UNKNOWN);
        NAME(RWKV_MS_E_TENSOR_VALUE);
        NAME(RWKV_MS_E_SEQUENCES);
        NAME(RWKV_MS_E_STATE_VALUE);
    default: return "unknown";
    }
#undef NAME
}

int32_t rwkv_ms_layout(char *text, size_t size, size_t *needed) {
    ErrorText ignored;
    return guarded(ignored, [&] { copy_text(layout_text(), text, size, needed); });
}

int32_t rwkv_ms_runtime_create(const rwkv_ms_runtime_params *params, rwkv_ms_runtime **out, char *error, size_t error_size) {
    ErrorText text;
    if (out != nullptr) *out = nullptr;
    const int32_t status = guarded(text, [&] {
        not_null(params, "params");
        not_null(out, "out");
        require(params->n_threads >= 1 && params->n_threads <= kMaxThreads, RWKV_MS_E_ARGUMENT, "n_threads: expected 1 to ", kMaxThreads,
                ", found ", params->n_threads);
        require(params->reserved == 0, RWKV_MS_E_ARGUMENT, "reserved: expected 0, found ", params->reserved);
        auto runtime = std::make_unique<rwkv_ms_runtime>();
        runtime->backend =
            std::make_shared<const Backend>(params->backend_path != nullptr ? params->backend_path : "", params->n_threads);
        *out = runtime.release();
    });
    if (status != RWKV_MS_OK && error != nullptr && error_size > 0) {
        ErrorText ignored;
        guarded(ignored, [&] {
            const std::string cut = text.get().substr(0, error_size - 1);
            std::memcpy(error, cut.c_str(), cut.size() + 1);
        });
    }
    return status;
}

void rwkv_ms_runtime_destroy(rwkv_ms_runtime *runtime) { delete runtime; }

int32_t rwkv_ms_runtime_error(const rwkv_ms_runtime *runtime, char *text, size_t size, size_t *needed) {
    return last_error(runtime, text, size, needed);
}

int32_t rwkv_ms_build_info(rwkv_ms_runtime *runtime, char *json, size_t size, size_t *needed) {
    if (runtime == nullptr) return RWKV_MS_E_ARGUMENT;
    return guarded(runtime->error, [&] { copy_text(runtime->backend->build_info(), json, size, needed); });
}

int32_t rwkv_ms_sidecar_open(rwkv_ms_runtime *runtime, const char *path, const char *base_path, uint32_t flags, rwkv_ms_sidecar **out) {
    if (out != nullptr) *out = nullptr;
    if (runtime == nullptr) return RWKV_MS_E_ARGUMENT;
    return guarded(runtime->error, [&] {
        not_null(path, "path");
        not_null(out, "out");
        no_other_flags(flags, 0);
        require(base_path == nullptr || *base_path != '\0', RWKV_MS_E_ARGUMENT, "base_path: expected a path or NULL, found an empty text");
        auto sidecar = std::make_unique<rwkv_ms_sidecar>();
        sidecar->sidecar = std::make_shared<const Sidecar>(runtime->backend, path, base_path != nullptr ? base_path : "");
        *out = sidecar.release();
    });
}

void rwkv_ms_sidecar_close(rwkv_ms_sidecar *sidecar) { delete sidecar; }

int32_t rwkv_ms_sidecar_error(const rwkv_ms_sidecar *sidecar, char *text, size_t size, size_t *needed) {
    return last_error(sidecar, text, size, needed);
}

int32_t rwkv_ms_sidecar_config(const rwkv_ms_sidecar *sidecar, rwkv_ms_config *config) {
    if (sidecar == nullptr) return RWKV_MS_E_ARGUMENT;
    return guarded(sidecar->error, [&] {
        not_null(config, "config");
        *config = public_config(sidecar->sidecar->config());
    });
}

int32_t rwkv_ms_sidecar_layers(const rwkv_ms_sidecar *sidecar, int32_t *layers, size_t count, size_t *needed) {
    if (sidecar == nullptr) return RWKV_MS_E_ARGUMENT;
    return guarded(sidecar->error, [&] {
        const std::vector<int32_t> &found = sidecar->sidecar->config().layers;
        if (needed != nullptr) *needed = found.size();
        require(layers != nullptr || count == 0, RWKV_MS_E_ARGUMENT, "layers: must not be NULL where count is ", count);
        room("layers", count, found.size(), "elements");
        std::copy(found.begin(), found.end(), layers);
    });
}

int32_t rwkv_ms_sidecar_delta_width(const rwkv_ms_sidecar *sidecar, int32_t layer, int32_t head, int32_t *width) {
    if (sidecar == nullptr) return RWKV_MS_E_ARGUMENT;
    return guarded(sidecar->error, [&] {
        not_null(width, "width");
        const size_t index = head_index(head);
        *width = static_cast<int32_t>(sidecar->sidecar->weights(sidecar->sidecar->index_of(layer)).widths[index]);
    });
}

int32_t rwkv_ms_context_create(rwkv_ms_sidecar *sidecar, const rwkv_ms_context_params *params, rwkv_ms_context **out) {
    if (out != nullptr) *out = nullptr;
    if (sidecar == nullptr) return RWKV_MS_E_ARGUMENT;
    return guarded(sidecar->error, [&] {
        not_null(params, "params");
        not_null(out, "out");
        require(params->n_sequences == 1, RWKV_MS_E_SEQUENCES, "n_sequences: expected 1, found ", params->n_sequences,
                ": a context holds one sequence, a batch is one context per row");
        require(params->read_top_k >= -1, RWKV_MS_E_ARGUMENT, "read_top_k: expected -1 or more, found ", params->read_top_k);
        auto context = std::make_unique<rwkv_ms_context>();
        context->context = std::make_unique<Context>(sidecar->sidecar, params->read_top_k);
        *out = context.release();
    });
}

void rwkv_ms_context_destroy(rwkv_ms_context *context) { delete context; }

int32_t rwkv_ms_context_error(const rwkv_ms_context *context, char *text, size_t size, size_t *needed) {
    return last_error(context, text, size, needed);
}

int32_t rwkv_ms_context_reset(rwkv_ms_context *context) {
    if (context == nullptr) return RWKV_MS_E_ARGUMENT;
    return guarded(context->error, [&] { context->context->reset(); });
}

int32_t rwkv_ms_forward(rwkv_ms_context *context, int32_t layer, const float *hidden, size_t hidden_count, const uint8_t *mask,
                        int32_t n_tokens, uint32_t flags, rwkv_ms_deltas *deltas) {
    if (context == nullptr) return RWKV_MS_E_ARGUMENT;
    return guarded(context->error, [&] {
        const Sidecar &sidecar = context->context->sidecar();
        const DeltaWidths &widths = sidecar.weights(sidecar.index_of(layer)).widths;
        not_null(hidden, "hidden");
        require(n_tokens >= 1, RWKV_MS_E_ARGUMENT, "n_tokens: expected at least 1, found ", n_tokens);
        const size_t tokens = static_cast<size_t>(n_tokens);
        exactly("hidden_count", hidden_count, tokens * static_cast<size_t>(sidecar.config().hidden_size));
        check_mask(mask, n_tokens);
        no_other_flags(flags, RWKV_MS_FORWARD_READ_ONLY | RWKV_MS_FORWARD_LEGACY_PREDECESSOR | RWKV_MS_FORWARD_TAPS |
                                  RWKV_MS_FORWARD_STEP_TRACE);
        require((flags & RWKV_MS_FORWARD_STEP_TRACE) == 0 || (flags & RWKV_MS_FORWARD_TAPS) != 0, RWKV_MS_E_ARGUMENT,
                "flags: RWKV_MS_FORWARD_STEP_TRACE needs RWKV_MS_FORWARD_TAPS");
        require((flags & RWKV_MS_FORWARD_LEGACY_PREDECESSOR) == 0 || sidecar.config().semantics_version == 1, RWKV_MS_E_ARGUMENT,
                "flags: RWKV_MS_FORWARD_LEGACY_PREDECESSOR: semantics 2 has no legacy predecessor; set the previous source to zero instead");
        not_null(deltas, "deltas");
        const std::array<float *, 4> out = {deltas->q, deltas->k, deltas->v, deltas->o};
        const std::array<size_t, 4> counts = {deltas->q_count, deltas->k_count, deltas->v_count, deltas->o_count};
        static const char *const names[] = {"deltas.q", "deltas.k", "deltas.v", "deltas.o"};
        for (size_t head = 0; head < out.size(); ++head) {
            if (out[head] == nullptr) {
                require(counts[head] == 0, RWKV_MS_E_ARGUMENT, names[head], ": NULL with a length of ", counts[head]);
                continue;
            }
            require((sidecar.config().delta_heads >> head & 1) != 0, RWKV_MS_E_ARGUMENT, names[head],
                    ": expected NULL, the sidecar does not activate this head");
            room(names[head], counts[head], tokens * static_cast<size_t>(widths[head]), "floats");
        }
        context->context->forward(layer, hidden, mask, n_tokens, flags, out);
    });
}

int32_t rwkv_ms_tap(rwkv_ms_context *context, const char *name, rwkv_ms_tap_info *info, void *data, size_t size) {
    if (context == nullptr) return RWKV_MS_E_ARGUMENT;
    return guarded(context->error, [&] {
        not_null(name, "name");
        const Taps *taps = context->context->taps();
        require(taps != nullptr, RWKV_MS_E_NO_TAP, "tap '", name, "': no forward with RWKV_MS_FORWARD_TAPS yet");
        const Taps::Tensor &tensor = taps->find(name);
        const std::vector<int64_t> dims = taps->dims(name);
        const bool integers = !tensor.integers.empty();
        const size_t bytes = integers ? tensor.integers.size() * sizeof(int64_t) : tensor.floats.size() * sizeof(float);
        if (data != nullptr) {
            room("data", size, bytes, "bytes");
            std::memcpy(data, integers ? static_cast<const void *>(tensor.integers.data()) : tensor.floats.data(), bytes);
        }
        if (info != nullptr) {
            *info = {};
            info->type = integers ? RWKV_MS_TYPE_I64 : RWKV_MS_TYPE_F32;
            info->n_dims = static_cast<int32_t>(dims.size());
            std::copy(dims.begin(), dims.end(), info->dims);
            info->bytes = bytes;
        }
    });
}

int32_t rwkv_ms_state_get(rwkv_ms_context *context, int32_t layer, float *state, size_t state_count, float *previous_source,
                          size_t source_count, int64_t *position) {
    if (context == nullptr) return RWKV_MS_E_ARGUMENT;
    return guarded(context->error, [&] {
        const LayerState &from = context->context->layer(layer);
        if (state != nullptr) room("state", state_count, from.state.size(), "floats");
        if (previous_source != nullptr) room("previous_source", source_count, from.source.size(), "floats");
        if (state != nullptr) std::copy(from.state.begin(), from.state.end(), state);
        if (previous_source != nullptr) std::copy(from.source.begin(), from.source.end(), previous_source);
        if (position != nullptr) *position = from.position;
    });
}

int32_t rwkv_ms_state_set(rwkv_ms_context *context, int32_t layer, const float *state, size_t state_count, const float *previous_source,
                          size_t source_count, const int64_t *position) {
    if (context == nullptr) return RWKV_MS_E_ARGUMENT;
    return guarded(context->error, [&] {
        LayerState &to = context->context->layer(layer);
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
        } inputs[] = {{"r", input->r, tokens * d},       {"w", input->w, tokens * d},
                      {"k", input->k, tokens * d},       {"v", input->v, tokens * d},
                      {"a", input->a, tokens * d},       {"b", input->b, tokens * d},
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
        const ScanOutput to{output->w_decay.data,   output->keep.data,        output->erase.data,        output->write.data,
                            output->raw_reads.data, output->read_routes.data, output->write_routes.data, output->slot_indices};
        int64_t position = input->position;
        scan.run(from, state.data(), position, to, nullptr);
        std::copy_n(output->read_routes.data, tokens * slots, output->read_routes_per_head.data); // the mean over one head
        std::copy(state.begin(), state.end(), output->final_state.data);
        output->final_position = position;
    });
}
