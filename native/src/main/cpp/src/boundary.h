// The boundary of rwkv_ms.h for any implementation (library.h): exceptions become status codes, arguments are checked.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "error.h"
#include "handles.h"
#include "rwkv_ms.h"

namespace rwkv_ms {

constexpr int32_t kMaxThreads = 512; // ggml's GGML_MAX_N_THREADS

// Runs a function of the interface: an exception becomes a status and the handle's last error.
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

// Runs a function on the object behind a handle.
template <typename Handle, typename Function> int32_t with(Handle *given, Function &&function) noexcept {
    const auto handle = live(given);
    return handle == nullptr ? int32_t{RWKV_MS_E_ARGUMENT} : guarded(handle->error, [&] { function(*handle); });
}

inline void not_null(const void *pointer, const char *name) {
    require(pointer != nullptr, RWKV_MS_E_ARGUMENT, name, ": must not be NULL");
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
template <typename Handle> int32_t last_error(const Handle *given, char *text, size_t size, size_t *needed) noexcept {
    const auto handle = live(given);
    if (handle == nullptr) return RWKV_MS_E_ARGUMENT;
    ErrorText ignored;
    return guarded(ignored, [&] { copy_text(handle->error.get(), text, size, needed); });
}

inline void no_other_flags(uint32_t flags, uint32_t known) {
    require((flags & ~known) == 0, RWKV_MS_E_ARGUMENT, "flags: expected ", known != 0 ? "a combination of " : "", known,
            ", found ", flags);
}

inline void check_mask(const uint8_t *mask, int64_t n_tokens) {
    for (int64_t t = 0; mask != nullptr && t < n_tokens; ++t) {
        require(mask[t] <= 1, RWKV_MS_E_ARGUMENT, "mask: token ", t, ": expected 0 or 1, found ", int{mask[t]});
    }
}

inline void exactly(const char *name, size_t found, size_t expected) {
    require(found == expected, RWKV_MS_E_ARGUMENT, name, ": expected ", expected, " floats, found ", found);
}

inline void finite(const char *name, const float *values, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        require(std::isfinite(values[i]), RWKV_MS_E_STATE_VALUE, name, ": element ", i,
                ": expected a finite number, found ", values[i]);
    }
}

// Requires that the buffers of one call share no byte: each is compared with those before it.
class Disjoint {
public:
    template <typename T> void add(const char *name, const T *data, size_t count) {
        const auto begin = reinterpret_cast<uintptr_t>(data), end = begin + count * sizeof(T);
        for (size_t i = 0; i < size_; ++i) {
            require(end <= all_[i].begin || begin >= all_[i].end, RWKV_MS_E_ARGUMENT, name,
                    ": expected memory of its own, found it overlapping ", all_[i].name);
        }
        all_.at(size_++) = {name, begin, end};
    }

private:
    struct Range {
        const char *name;
        uintptr_t begin, end;
    };
    std::array<Range, 24> all_{}; // no call has more
    size_t size_ = 0;
};

// Results of a call, copied to the caller's buffers only when all of it has succeeded.
class Results {
public:
    // direct: a failing call writes no result anyway, so they are computed in the caller's memory.
    explicit Results(bool direct) : direct_(direct) {}

    // Where to compute a result for the caller's buffer, which may be nullptr.
    template <typename T> T *beside(T *theirs, size_t count) {
        if (direct_ || theirs == nullptr) return theirs;
        const auto ours = std::make_shared<std::vector<T>>(count);
        copies_.push_back([theirs, ours] { std::copy(ours->begin(), ours->end(), theirs); });
        return ours->data();
    }
    void deliver() const {
        for (const auto &copy : copies_) copy();
    }

private:
    const bool direct_;
    std::vector<std::function<void()>> copies_;
};

// head: one RWKV_MS_HEAD_*; its place in the order q, k, v, o.
inline size_t head_index(int32_t head) {
    for (size_t index = 0; index < 4; ++index) {
        if (head == 1 << index) return index;
    }
    fail(RWKV_MS_E_ARGUMENT, "head: expected one RWKV_MS_HEAD_*, found ", head);
}

// The error text of a call that has no handle yet, cut to the buffer.
inline void copy_start(const ErrorText &text, char *out, size_t size) noexcept {
    if (out == nullptr || size == 0) return;
    ErrorText ignored;
    guarded(ignored, [&] {
        const std::string cut = text.get().substr(0, size - 1);
        std::memcpy(out, cut.c_str(), cut.size() + 1);
    });
}

} // namespace rwkv_ms
