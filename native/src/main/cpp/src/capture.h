// For tests: what the hook read and added, of a bounded number of tokens.
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "settings.h"

namespace rwkv_ms {

// Rows of one layer. A microbatch is appended, and kept once llama.cpp is known to have kept it. The rows are of memory that the
// system gives zeroed, and that is not touched before they come: a recording takes the room of what it has, whatever its capacity.
class Capture {
public:
    Capture() = default;
    Capture(int64_t capacity, int64_t hidden_size, const DeltaWidths &widths, int delta_heads);

    void hidden(const float *rows, int64_t n_tokens) { put(hidden_, rows, n_tokens); }
    void delta(size_t head, const float *rows, int64_t n_tokens) { put(heads_[head].delta, rows, n_tokens); }
    void before(size_t head, const float *rows, int64_t n_tokens) { put(heads_[head].before, rows, n_tokens); }
    void after(size_t head, const float *rows, int64_t n_tokens) { put(heads_[head].after, rows, n_tokens); }
    void keep(int64_t n_tokens);

    struct Free {
        void operator()(float *values) const { std::free(values); }
    };
    struct Rows {
        int64_t width = 0; // 0: not recorded
        std::unique_ptr<float[], Free> values;
    };
    int64_t tokens() const { return kept_; }
    // RWKV_MS_E_NO_TAP for an unknown name.
    const Rows &find(const std::string &name) const;

private:
    void put(Rows &to, const float *rows, int64_t n_tokens);

    struct Head {
        Rows delta, before, after;
    };
    int64_t capacity_ = 0;
    int64_t kept_ = 0;
    Rows hidden_;
    std::array<Head, 4> heads_;
};

} // namespace rwkv_ms
