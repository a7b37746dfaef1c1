// Signals of the host's, which interrupt calls of the system.
#pragma once

#include <cerrno>

namespace rwkv_ms {

// Calls again as long as a signal interrupts the call.
template <typename Call> auto uninterrupted(const Call &call) {
    for (;;) {
        const auto result = call();
        if (result >= 0 || errno != EINTR) return result;
    }
}

} // namespace rwkv_ms
