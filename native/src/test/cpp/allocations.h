#pragma once

#include <cstddef>

namespace test {

// C++ allocations of this process so far.
long allocations();

// Bytes of the largest one of this thread since the last call. poison.cpp has it, and allocations.cpp the number.
size_t largest_allocation();

// While it lives, allocations of this thread fail after so many.
class ScarceMemory {
public:
    explicit ScarceMemory(long left);
    ~ScarceMemory();
    ScarceMemory(const ScarceMemory &) = delete;
    ScarceMemory &operator=(const ScarceMemory &) = delete;
};

} // namespace test
