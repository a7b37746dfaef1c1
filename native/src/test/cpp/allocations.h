#pragma once

namespace test {

// C++ allocations of this process so far.
long allocations();

// While it lives, allocations of this thread fail after so many.
class ScarceMemory {
public:
    explicit ScarceMemory(long left);
    ~ScarceMemory();
    ScarceMemory(const ScarceMemory &) = delete;
    ScarceMemory &operator=(const ScarceMemory &) = delete;
};

} // namespace test
