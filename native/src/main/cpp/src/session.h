// llama.cpp's state and this library's in one piece: docs/state-format.md, "Session".
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "hook.h"

namespace rwkv_ms {

// What a host wants back besides the states.
struct TokenIds {
    const int32_t *data = nullptr;
    size_t count = 0;
};

size_t session_size(Hook &hook, size_t n_tokens);

// Writes exactly session_size bytes.
void write_session(Hook &hook, TokenIds tokens, uint8_t *out, size_t size);

// A session of which every byte has been checked except llama.cpp's part, which only llama.cpp can check.
class Session {
public:
    Session(Hook &hook, const uint8_t *data, size_t size);

    size_t n_tokens() const { return n_tokens_; }
    void copy_tokens(int32_t *out) const;
    // Replaces both states, or neither if llama.cpp refuses its own or ends up at another position.
    void load();

private:
    void roll_back(const std::vector<uint8_t> &snapshot, int64_t positions);

    Hook &hook_;
    const uint8_t *tokens_ = nullptr, *host_ = nullptr;
    size_t n_tokens_ = 0, host_bytes_ = 0;
    std::vector<LayerState> layers_;
};

} // namespace rwkv_ms
