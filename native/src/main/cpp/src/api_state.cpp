// rwkv_ms.h: fingerprint, state payload and host memory.
#include "api.h"

#include <algorithm>

#include "state.h"

using namespace rwkv_ms;

namespace {

constexpr int32_t kAllSequences = -1;

// Refuses a change of memory that this state cannot follow.
int32_t refuse_mutation(rwkv_ms_context *handle, const char *what) {
    return with_context(handle, [&](const Context &) {
        fail(RWKV_MS_E_MUTATION, what, ": the memory's state is a sum over all tokens of one sequence: it can be "
             "cleared as a whole, and nothing else");
    });
}

void clear_both(Context &context) {
    if (context.host() != nullptr) context.host()->clear();
    context.reset();
}

} // namespace

int32_t rwkv_ms_sidecar_fingerprint(const rwkv_ms_sidecar *handle, uint8_t *fingerprint, size_t size) {
    return with(handle, [&](const rwkv_ms_sidecar &sidecar) {
        not_null(fingerprint, "fingerprint");
        room("fingerprint", size, RWKV_MS_FINGERPRINT_BYTES, "bytes");
        const Hash &hash = sidecar.description().fingerprint;
        std::copy(hash.begin(), hash.end(), fingerprint);
    });
}

int32_t rwkv_ms_state_size(rwkv_ms_context *handle, size_t *size) {
    return with_context(handle, [&](Context &context) {
        not_null(size, "size");
        *size = payload_size(context.config());
    });
}

int32_t rwkv_ms_state_save(rwkv_ms_context *handle, void *data, size_t size, size_t *written) {
    return with_context(handle, [&](Context &from) {
        not_null(data, "data");
        const size_t needed = payload_size(from.config());
        room("data", size, needed, "bytes");
        from.settle();
        write_payload(from.config(), from.description().fingerprint, from.layers(), static_cast<uint8_t *>(data));
        if (written != nullptr) *written = needed;
    });
}

int32_t rwkv_ms_state_load(rwkv_ms_context *handle, const void *data, size_t size) {
    return with_context(handle, [&](Context &to) {
        not_null(data, "data");
        std::vector<LayerState> layers =
            read_payload(to.config(), to.description().fingerprint, static_cast<const uint8_t *>(data), size);
        if (to.host() != nullptr) {
            to.host()->resolve();
            const int64_t expected = to.host()->positions();
            require(layers.front().position == expected, RWKV_MS_E_HOST_STEP, "state payload: position: expected ",
                    expected, " as in llama.cpp's memory, found ", layers.front().position);
        }
        to.layers().swap(layers);
        if (to.host() != nullptr) to.host()->forget();
    });
}

int32_t rwkv_ms_memory_clear(rwkv_ms_context *handle) {
    return with_context(handle, [](Context &context) { clear_both(context); });
}

int32_t rwkv_ms_memory_seq_rm(rwkv_ms_context *handle, int32_t sequence, int64_t p0, int64_t p1) {
    return with_context(handle, [&](Context &of) {
        require(sequence == 0 || sequence == kAllSequences, RWKV_MS_E_ARGUMENT,
                "sequence: expected 0 or -1, found ", sequence);
        const int64_t first = std::max<int64_t>(p0, 0);
        int64_t end = of.position();
        if (of.host() != nullptr) end = std::max(end, of.host()->positions());
        const bool to_the_end = p1 < 0 || p1 >= end;
        if (first == 0 && to_the_end) {
            clear_both(of);
            return;
        }
        of.settle();
        const bool nothing = first >= end || (p1 >= 0 && p1 <= first);
        require(nothing, RWKV_MS_E_MUTATION, "rwkv_ms_memory_seq_rm: positions ", first, " to ",
                to_the_end ? end : p1, " of 0 to ", end,
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
