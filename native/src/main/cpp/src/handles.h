// The handles that are alive. What a caller holds is a number that no other handle of this process has had, and no
// address: one that was destroyed, is of another kind or was never made is not found, and no memory is read.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <type_traits>
#include <unordered_map>
#include <utility>

namespace rwkv_ms {

// The number of a new handle.
inline uintptr_t next_handle() noexcept {
    constexpr uintptr_t kStep = 16;           // looks aligned, as a debugger or a sanitizer may want it
    constexpr int kApart = 12;                // bits, so that two libraries of rwkv_ms.h in one process do not meet
    constexpr uintptr_t kNoAddress = uintptr_t{1} << (8 * sizeof(uintptr_t) - 2); // who follows it crashes at once
    static std::atomic<uintptr_t> made{0};
    return (reinterpret_cast<uintptr_t>(&made) << kApart | kNoAddress) + kStep * ++made;
}

// All handles of one kind, from any thread.
template <typename Handle> class Handles {
public:
    // What the caller gets.
    static Handle *add(std::shared_ptr<Handle> handle) {
        const uintptr_t number = next_handle();
        Table &all = table();
        const std::lock_guard<std::mutex> lock(all.mutex);
        all.alive.emplace(number, std::move(handle));
        return reinterpret_cast<Handle *>(number);
    }

    // nullptr if no such handle is alive. What is found lives as long as it is held, even if it is destroyed meanwhile.
    static std::shared_ptr<Handle> find(const Handle *given) noexcept {
        if (given == nullptr) return nullptr;
        Table &all = table();
        const std::lock_guard<std::mutex> lock(all.mutex);
        const auto found = all.alive.find(reinterpret_cast<uintptr_t>(given));
        return found == all.alive.end() ? nullptr : found->second;
    }

    // If it is not alive, nothing happens.
    static void remove(const Handle *given) noexcept {
        std::shared_ptr<Handle> last; // destroyed after the lock is released
        Table &all = table();
        const std::lock_guard<std::mutex> lock(all.mutex);
        const auto found = all.alive.find(reinterpret_cast<uintptr_t>(given));
        if (found == all.alive.end()) return;
        last = std::move(found->second);
        all.alive.erase(found);
        removed_.fetch_add(1, std::memory_order_release);
    }

    // How many have been removed: what was found stays alive at least until this changes.
    static uint64_t removed() noexcept { return removed_.load(std::memory_order_acquire); }

private:
    struct Table {
        std::mutex mutex;
        std::unordered_map<uintptr_t, std::shared_ptr<Handle>> alive;
    };
    inline static std::atomic<uint64_t> removed_{0};

    // Never destroyed: a caller's static objects may close their handles after it would be.
    static Table &table() noexcept {
        static Table *const all = new Table;
        return *all;
    }
};

template <typename Handle> std::shared_ptr<std::remove_const_t<Handle>> live(Handle *given) noexcept {
    return Handles<std::remove_const_t<Handle>>::find(given);
}

} // namespace rwkv_ms
