#include "error.h"

#include <cstring>
#include <locale>
#include <sstream>

namespace rwkv_ms {

std::string text_of(std::initializer_list<Part> parts) {
    std::ostringstream text;
    text.imbue(std::locale::classic()); // the host may have set another decimal point
    for (const Part &part : parts) {
        switch (part.kind_) {
        case Part::Kind::text: text << part.text_; break;
        case Part::Kind::character: text << static_cast<char>(part.signed_); break;
        case Part::Kind::signed_whole: text << part.signed_; break;
        case Part::Kind::unsigned_whole: text << part.unsigned_; break;
        case Part::Kind::real: text << part.real_; break;
        case Part::Kind::address: text << part.address_; break;
        }
    }
    return text.str();
}

void throw_error(rwkv_ms_status status, std::initializer_list<Part> parts) { throw Error(status, text_of(parts)); }

std::string quoted(std::string_view text) {
    constexpr size_t kMaxShown = 100;
    static const char digits[] = "0123456789abcdef";
    std::string out = "'";
    for (const char c : text.substr(0, kMaxShown)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte >= 0x7F) {
            out += "\\x";
            out += digits[byte >> 4];
            out += digits[byte & 15];
        } else {
            out += c;
        }
    }
    return out + (text.size() > kMaxShown ? "...'" : "'");
}

std::string json_quote(std::string_view text) {
    static const char digits[] = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : text) {
        const unsigned char u = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (u < 0x20) {
            out += "\\u00";
            out += digits[u >> 4];
            out += digits[u & 15];
        } else {
            out += c;
        }
    }
    return out + '"';
}

void ErrorText::set(const char *text) noexcept {
    const std::lock_guard<std::mutex> lock(mutex_);
    size_t length = std::strlen(text);
    if (length >= kCapacity) length = kCapacity - 1;
    std::memcpy(text_, text, length);
    text_[length] = '\0';
    for (size_t i = 0; i < length; ++i) {
        if (text_[i] == '\n' || text_[i] == '\r') text_[i] = ' '; // one line, whatever a file's strings contain
    }
}

std::string ErrorText::get() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return text_;
}

} // namespace rwkv_ms
