#include "capture.h"

#include <algorithm>
#include <new>

#include "error.h"

namespace rwkv_ms {

Capture::Capture(int64_t capacity, int64_t hidden_size, const DeltaWidths &widths, int delta_heads)
    : capacity_(capacity) {
    const auto rows = [&](int64_t width) {
        Rows made{width, nullptr};
        made.values.reset(static_cast<float *>(std::calloc(static_cast<size_t>(capacity * width), sizeof(float))));
        if (made.values == nullptr && capacity * width > 0) throw std::bad_alloc();
        return made;
    };
    hidden_ = rows(hidden_size);
    for (size_t head = 0; head < heads_.size(); ++head) {
        if ((delta_heads >> head & 1) != 0) heads_[head] = {rows(widths[head]), rows(widths[head]), rows(widths[head])};
    }
}

void Capture::put(Rows &to, const float *rows, int64_t n_tokens) {
    std::copy_n(rows, std::min(n_tokens, capacity_ - kept_) * to.width, to.values.get() + kept_ * to.width);
}

void Capture::keep(int64_t n_tokens) { kept_ = std::min(kept_ + n_tokens, capacity_); }

const Capture::Rows &Capture::find(const std::string &name) const {
    const Rows *found = name == "hidden" ? &hidden_ : nullptr;
    for (size_t head = 0; head < heads_.size(); ++head) {
        const std::string ending = std::string("_") + "qkvo"[head];
        if (name == "delta" + ending) found = &heads_[head].delta;
        if (name == "before" + ending) found = &heads_[head].before;
        if (name == "after" + ending) found = &heads_[head].after;
    }
    require(found != nullptr && found->width > 0, RWKV_MS_E_NO_TAP, "captured '", name,
            "': nothing of that name was recorded");
    return *found;
}

} // namespace rwkv_ms
