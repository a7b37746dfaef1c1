// Counts every C++ allocation of the process, the library's included.
#include "allocations.h"

#include <atomic>
#include <cstdlib>
#include <new>

static std::atomic<long> counted{0};

long test::allocations() { return counted; }

void *operator new(size_t size) {
    ++counted;
    if (void *memory = std::malloc(size != 0 ? size : 1)) return memory;
    throw std::bad_alloc();
}
void operator delete(void *memory) noexcept { std::free(memory); }
void operator delete(void *memory, size_t) noexcept { std::free(memory); }
