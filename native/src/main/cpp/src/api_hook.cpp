// rwkv_ms.h: the llama.cpp hook and sessions.
#include "api.h"

#include <algorithm>

#include "hook.h"
#include "session.h"
#include "whole_file.h"

using namespace rwkv_ms;

struct rwkv_ms_hook {
    rwkv_ms_hook(std::shared_ptr<rwkv_ms_context> of, const rwkv_ms_hook_params &params)
        : context(std::move(of)), hook(context->context, params) {}
    std::shared_ptr<rwkv_ms_context> context; // outlives its handle
    Hook hook;
    mutable ErrorText error;
};

namespace {

constexpr int64_t kMaxCaptured = int64_t{1} << 20;

template <typename Function> int32_t with_hook(rwkv_ms_hook *handle, Function &&function) noexcept {
    return with(handle, [&](rwkv_ms_hook &of) { function(of.hook); });
}

// The same for calls that need an attached hook.
template <typename Function> int32_t with_attached(rwkv_ms_hook *hook, Function &&function) noexcept {
    return with_hook(hook, [&](Hook &of) {
        require(of.attached(), RWKV_MS_E_ATTACHED, "expected a hook that is attached to a llama_context");
        function(of);
    });
}

// For the callback that llama.cpp calls at every node of a graph: the table is searched only if this thread asks for
// another hook than the last time, or one was destroyed since.
Hook *called_back(const rwkv_ms_hook *handle) noexcept {
    struct Last {
        const rwkv_ms_hook *handle;
        uint64_t removed;
        rwkv_ms_hook *hook;
    };
    thread_local Last last{nullptr, 0, nullptr};
    const uint64_t removed = Handles<rwkv_ms_hook>::removed();
    if (handle != last.handle || removed != last.removed)
        last = {handle, removed, Handles<rwkv_ms_hook>::find(handle).get()};
    return last.hook != nullptr ? &last.hook->hook : nullptr;
}

bool must_abort(void *handle) {
    const Hook *hook = called_back(static_cast<const rwkv_ms_hook *>(handle));
    return hook != nullptr && hook->must_abort();
}

TokenIds checked_tokens(const int32_t *tokens, size_t count) {
    require(tokens != nullptr || count == 0, RWKV_MS_E_ARGUMENT, "tokens: must not be NULL where n_tokens is ", count);
    require(count <= INT32_MAX, RWKV_MS_E_ARGUMENT, "n_tokens: expected at most ", INT32_MAX, ", found ", count);
    return {tokens, count};
}

void load_session(Hook &hook, const uint8_t *data, size_t size, int32_t *tokens, size_t capacity, size_t *n_tokens) {
    require(tokens != nullptr || capacity == 0, RWKV_MS_E_ARGUMENT, "tokens: must not be NULL where capacity is ",
            capacity);
    Session session(hook, data, size);
    if (n_tokens != nullptr) *n_tokens = session.n_tokens();
    const bool wanted = tokens != nullptr || n_tokens != nullptr;
    if (wanted) room("tokens", capacity, session.n_tokens(), "elements");
    session.load();
    if (wanted) session.copy_tokens(tokens);
}

} // namespace

int32_t rwkv_ms_hook_create(rwkv_ms_context *handle, const rwkv_ms_hook_params *params, rwkv_ms_hook **out) {
    if (out != nullptr) *out = nullptr;
    return with(handle, [&](rwkv_ms_context &context) {
        not_null(out, "out");
        const rwkv_ms_hook_params given = params != nullptr ? *params : rwkv_ms_hook_params{};
        no_other_flags(given.flags, RWKV_MS_HOOK_PROCESSOR_ADDS);
        require(given.reserved == 0, RWKV_MS_E_ARGUMENT, "reserved: expected 0, found ", given.reserved);
        require(context.hook.expired(), RWKV_MS_E_ATTACHED,
                "rwkv_ms_hook_create: expected a context without a hook, found one that has one already");
        auto hook = std::make_shared<rwkv_ms_hook>(context.shared_from_this(), given);
        context.hook = hook;
        *out = Handles<rwkv_ms_hook>::add(std::move(hook));
    });
}

void rwkv_ms_hook_destroy(rwkv_ms_hook *hook) { Handles<rwkv_ms_hook>::remove(hook); }

int32_t rwkv_ms_hook_error(const rwkv_ms_hook *hook, char *text, size_t size, size_t *needed) {
    return last_error(hook, text, size, needed);
}

bool rwkv_ms_hook_eval(struct ggml_tensor *tensor, bool ask, void *hook) {
    Hook *const called = called_back(static_cast<const rwkv_ms_hook *>(hook));
    return called != nullptr && tensor != nullptr ? called->eval(tensor, ask) : !ask;
}

int32_t rwkv_ms_hook_attach(rwkv_ms_hook *hook, struct llama_context *llama, const char *base_path) {
    return with_hook(hook, [&](Hook &of) {
        not_null(llama, "llama");
        of.attach(llama, base_path, must_abort, hook);
    });
}

int32_t rwkv_ms_hook_detach(rwkv_ms_hook *hook) {
    return with_hook(hook, [](Hook &of) { of.detach(); });
}

int32_t rwkv_ms_hook_check(rwkv_ms_hook *hook) {
    return with_attached(hook, [](Hook &of) { of.settle(); });
}

int32_t rwkv_ms_hook_counters(rwkv_ms_hook *hook, int32_t layer, rwkv_ms_hook_counts *counts) {
    return with_hook(hook, [&](Hook &of) {
        not_null(counts, "counts");
        of.resolve();
        *counts = of.counts(layer);
    });
}

int32_t rwkv_ms_hook_places(rwkv_ms_hook *hook, int32_t layer, char *text, size_t size, size_t *needed) {
    return with_hook(hook, [&](Hook &of) { copy_text(of.places(layer), text, size, needed); });
}

int32_t rwkv_ms_hook_capture(rwkv_ms_hook *hook, int64_t capacity) {
    return with_hook(hook, [&](Hook &of) {
        require(capacity >= 0 && capacity <= kMaxCaptured, RWKV_MS_E_ARGUMENT, "capacity: expected 0 to ",
                kMaxCaptured, ", found ", capacity);
        of.resolve();
        of.capture(capacity);
    });
}

int32_t rwkv_ms_hook_captured(rwkv_ms_hook *hook, int32_t layer, const char *name, float *data, size_t count,
                              int64_t *n_tokens, int64_t *width) {
    return with_hook(hook, [&](Hook &of) {
        not_null(name, "name");
        require(data != nullptr || count == 0, RWKV_MS_E_ARGUMENT, "data: must not be NULL where count is ", count);
        of.resolve();
        const Capture &capture = of.captured(layer);
        const Capture::Rows &rows = capture.find(name);
        const size_t values = static_cast<size_t>(capture.tokens() * rows.width);
        if (n_tokens != nullptr) *n_tokens = capture.tokens();
        if (width != nullptr) *width = rows.width;
        if (data == nullptr) return;
        room("data", count, values, "floats");
        std::copy_n(rows.values.get(), values, data);
    });
}

int32_t rwkv_ms_session_size(rwkv_ms_hook *hook, size_t n_tokens, size_t *size) {
    return with_attached(hook, [&](Hook &of) {
        not_null(size, "size");
        require(n_tokens <= INT32_MAX, RWKV_MS_E_ARGUMENT, "n_tokens: expected at most ", INT32_MAX, ", found ",
                n_tokens);
        *size = session_size(of, n_tokens);
    });
}

int32_t rwkv_ms_session_save(rwkv_ms_hook *hook, const int32_t *tokens, size_t n_tokens, void *data, size_t size,
                             size_t *written) {
    return with_attached(hook, [&](Hook &of) {
        const TokenIds ids = checked_tokens(tokens, n_tokens);
        not_null(data, "data");
        of.settle();
        const size_t needed = session_size(of, n_tokens);
        room("data", size, needed, "bytes");
        std::vector<uint8_t> session(needed); // complete before the caller's buffer is written
        write_session(of, ids, session.data(), needed);
        std::copy(session.begin(), session.end(), static_cast<uint8_t *>(data));
        if (written != nullptr) *written = needed;
    });
}

int32_t rwkv_ms_session_load(rwkv_ms_hook *hook, const void *data, size_t size, int32_t *tokens, size_t capacity,
                             size_t *n_tokens) {
    return with_attached(hook, [&](Hook &of) {
        not_null(data, "data");
        load_session(of, static_cast<const uint8_t *>(data), size, tokens, capacity, n_tokens);
    });
}

int32_t rwkv_ms_session_save_file(rwkv_ms_hook *hook, const char *path, const int32_t *tokens, size_t n_tokens) {
    return with_attached(hook, [&](Hook &of) {
        const TokenIds ids = checked_tokens(tokens, n_tokens);
        not_null(path, "path");
        of.settle();
        std::vector<uint8_t> session(session_size(of, n_tokens));
        write_session(of, ids, session.data(), session.size());
        replace_file(path, session);
    });
}

int32_t rwkv_ms_session_load_file(rwkv_ms_hook *hook, const char *path, int32_t *tokens, size_t capacity,
                                  size_t *n_tokens) {
    return with_attached(hook, [&](Hook &of) {
        not_null(path, "path");
        const std::vector<uint8_t> session = read_file(path);
        load_session(of, session.data(), session.size(), tokens, capacity, n_tokens);
    });
}
