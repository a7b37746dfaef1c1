// Failures inside the library: an exception with a status and a one-line text. boundary.h turns it into a return value.
#pragma once

#include <cstddef>
#include <locale>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "rwkv_ms.h"

namespace rwkv_ms {

class Error : public std::runtime_error {
public:
    Error(rwkv_ms_status status, const std::string &text) : std::runtime_error(text), status_(status) {}
    rwkv_ms_status status() const { return status_; }

private:
    rwkv_ms_status status_;
};

// The parts, concatenated.
template <typename... Parts> std::string joined(const Parts &...parts) {
    std::ostringstream text;
    text.imbue(std::locale::classic()); // the host may have set another decimal point
    (text << ... << parts);
    return text.str();
}

template <typename... Parts> Error error(rwkv_ms_status status, const Parts &...parts) {
    return Error(status, joined(parts...));
}

template <typename... Parts> [[noreturn]] void fail(rwkv_ms_status status, const Parts &...parts) {
    throw error(status, parts...);
}

template <typename... Parts> void require(bool holds, rwkv_ms_status status, const Parts &...parts) {
    if (!holds) fail(status, parts...);
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
