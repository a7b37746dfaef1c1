#include "error.h"

#include <cstring>

namespace rwkv_ms {

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
