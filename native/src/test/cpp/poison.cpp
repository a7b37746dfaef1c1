// Memory that C++ code of this process, the library's included, has given back is overwritten, and new memory is not zero: what
// is read after it is gone, or before it is written, does not look right by accident.
#include "allocations.h"

#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#if defined(__linux__)
#include <malloc.h>
#define SIZE_OF(memory) malloc_usable_size(memory)
#elif defined(__APPLE__)
#include <malloc/malloc.h>
#define SIZE_OF(memory) malloc_size(memory)
#else
#define SIZE_OF(memory) size_t{0}
#endif

namespace {

constexpr int kNew = 0xCD, kGone = 0xDB;

thread_local long left = -1; // -1: any number
thread_local size_t largest = 0;

void give_back(void *memory) noexcept {
    if (memory != nullptr) std::memset(memory, kGone, SIZE_OF(memory));
    std::free(memory);
}

} // namespace

test::ScarceMemory::ScarceMemory(long allocations) { left = allocations; }
test::ScarceMemory::~ScarceMemory() { left = -1; }

size_t test::largest_allocation() { return std::exchange(largest, 0); }

void *operator new(size_t size) {
    if (left == 0) throw std::bad_alloc();
    if (left > 0) --left;
    if (size > largest) largest = size;
    void *const memory = std::malloc(size != 0 ? size : 1);
    if (memory == nullptr) throw std::bad_alloc();
    return std::memset(memory, kNew, size);
}
void operator delete(void *memory) noexcept { give_back(memory); }
void operator delete(void *memory, size_t) noexcept { give_back(memory); }
