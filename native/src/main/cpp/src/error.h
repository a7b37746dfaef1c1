// Failures inside the library: an exception with a status and a one-line text. boundary.h turns it into a return value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

#include "rwkv_ms.h"

namespace rwkv_ms {

class Error : public std::runtime_error {
public:
    Error(rwkv_ms_status status, const std::string &text) : std::runtime_error(text), status_(status) {}
    rwkv_ms_status status() const { return status_; }

private:
    rwkv_ms_status status_;
};

// One part of a text of messages: a text, a character or a number. A class, so that the library's two hundred messages are not as
// many functions on streams, which took a third of its compilation.
class Part {
public:
    Part(std::string_view text) : kind_(Kind::text), text_(text) {}
    Part(const std::string &text) : Part(std::string_view(text)) {}
    Part(const char *text) : Part(std::string_view(text)) {}
    Part(char character) : kind_(Kind::character), signed_(character) {}
    Part(double value) : kind_(Kind::real), real_(value) {}
    Part(const void *address) : kind_(Kind::address), address_(address) {}
    template <typename Whole, typename = std::enable_if_t<std::is_integral_v<Whole> || std::is_enum_v<Whole>>>
    Part(Whole value) {
        if constexpr (std::is_enum_v<Whole> || std::is_signed_v<Whole>) {
            kind_ = Kind::signed_whole;
            signed_ = static_cast<int64_t>(value);
        } else {
            kind_ = Kind::unsigned_whole;
            unsigned_ = value;
        }
    }

private:
    friend std::string text_of(std::initializer_list<Part> parts);
    enum class Kind { text, character, signed_whole, unsigned_whole, real, address };
    Kind kind_;
    union {
        std::string_view text_;
        int64_t signed_;
        uint64_t unsigned_;
        double real_;
        const void *address_;
    };
};

std::string text_of(std::initializer_list<Part> parts);
[[noreturn]] void throw_error(rwkv_ms_status status, std::initializer_list<Part> parts);

// The parts, concatenated.
template <typename... Parts> std::string joined(const Parts &...parts) { return text_of({parts...}); }

template <typename... Parts> Error error(rwkv_ms_status status, const Parts &...parts) {
    return Error(status, text_of({parts...}));
}

template <typename... Parts> [[noreturn]] void fail(rwkv_ms_status status, const Parts &...parts) {
    throw_error(status, {parts...});
}

template <typename... Parts> void require(bool holds, rwkv_ms_status status, const Parts &...parts) {
    if (!holds) throw_error(status, {parts...});
}

// A text of a file for a message: in quotes, bytes other than printable ASCII as \xNN, cut if long.
std::string quoted(std::string_view text);

// The text as a JSON string with its quotes.
std::string json_quote(std::string_view text);

// The last error of a handle: fixed size, so that recording one never fails.
class ErrorText {
public:
    void set(const char *text) noexcept;
    std::string get() const;

private:
    static constexpr size_t kCapacity =
        4096; // longer texts are cut; the longest of this library are a few hundred bytes
    mutable std::mutex mutex_;
    char text_[kCapacity] = {};
};

} // namespace rwkv_ms
