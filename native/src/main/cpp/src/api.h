// What the functions of rwkv_ms.h share: the handles, exceptions turned into status codes, and checks of arguments.
#pragma once

#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string>

#include "backend.h"
#include "context.h"
#include "error.h"
#include "rwkv_ms.h"
#include "sidecar.h"

struct rwkv_ms_runtime {
    std::shared_ptr<const rwkv_ms::Backend> backend;
    mutable rwkv_ms::ErrorText error;
};

struct rwkv_ms_sidecar {
    std::shared_ptr<const rwkv_ms::Sidecar> sidecar;
    mutable rwkv_ms::ErrorText error;
};

struct rwkv_ms_context {
    std::unique_ptr<rwkv_ms::Context> context;
    mutable rwkv_ms::ErrorText error;
};

namespace rwkv_ms {

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

inline void not_null(const void *pointer, const char *name) {
    require(pointer != nullptr, RWKV_MS_E_ARGUMENT, name, ": must not be NULL");
}

inline void no_other_flags(uint32_t flags, uint32_t known) {
    require((flags & ~known) == 0, RWKV_MS_E_ARGUMENT, "flags: expected a combination of ", known, ", found ", flags);
}

// Room for `count` elements in a caller's buffer.
inline void room(const char *name, size_t found, size_t needed, const char *unit) {
    require(found >= needed, RWKV_MS_E_SHORT_BUFFER, name, ": expected room for at least ", needed, " ", unit,
            ", found ", found);
}

// Text out, with its NUL.
inline void copy_text(const std::string &text, char *out, size_t size, size_t *needed) {
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

inline void check_mask(const uint8_t *mask, int64_t n_tokens) {
    for (int64_t t = 0; mask != nullptr && t < n_tokens; ++t) {
        require(mask[t] <= 1, RWKV_MS_E_ARGUMENT, "mask: token ", t, ": expected 0 or 1, found ", int{mask[t]});
    }
}

inline void exactly(const char *name, size_t found, size_t expected) {
    require(found == expected, RWKV_MS_E_ARGUMENT, name, ": expected ", expected, " floats, found ", found);
}

// Of a call that would part a context from the host's memory.
inline void detached(const Context &context, const char *call, const char *instead) {
    require(context.host() == nullptr, RWKV_MS_E_ATTACHED, call,
            ": expected a context that is not attached to llama.cpp: ", instead);
}

} // namespace rwkv_ms
