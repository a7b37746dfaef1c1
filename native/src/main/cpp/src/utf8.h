// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace rwkv_ms {

// Offset of the first byte that begins no character; npos if the text is well-formed.
inline size_t malformed_utf8(std::string_view text) {
    for (size_t at = 0; at < text.size();) {
        const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
        const unsigned first = byte(at);
        const size_t length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        if (length == 0 || first > 0xF4) return at;
        for (size_t i = 1; i < length; ++i) {
            unsigned low = 0x80, high = 0xBF; // of the second byte, which decides what the first leaves open
            if (i == 1 && first == 0xE0) low = 0xA0;
            if (i == 1 && first == 0xF0) low = 0x90;
            if (i == 1 && first == 0xED) high = 0x9F;
            if (i == 1 && first == 0xF4) high = 0x8F;
            if (byte(at + i) < low || byte(at + i) > high) return at;
        }
        at += length;
    }
    return std::string_view::npos;
}

} // namespace rwkv_ms
