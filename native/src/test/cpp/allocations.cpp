// Counts every C++ allocation of the process, the library's included, and lets them fail.
#include "allocations.h"

#include <atomic>
#include <cstdlib>
#include <new>

static std::atomic<long> counted{0};
static thread_local long left = -1; // -1: any number

long test::allocations() { return counted; }

test::ScarceMemory::ScarceMemory(long allocations) { left = allocations; }
test::ScarceMemory::~ScarceMemory() { left = -1; }

void *operator new(size_t size) {
    ++counted;
    if (left == 0) throw std::bad_alloc();
    if (left > 0) --left;
    if (void *memory = std::malloc(size != 0 ? size : 1)) return memory;
    throw std::bad_alloc();
}
void operator delete(void *memory) noexcept { std::free(memory); }
void operator delete(void *memory, size_t) noexcept { std::free(memory); }

// LeakSanitizer asks for it. Where memory runs out within ggml, ggml loses what it has already.
extern "C" const char *__lsan_default_suppressions();
extern "C" const char *__lsan_default_suppressions() {
    return "leak:ggml_aligned_malloc\nleak:ggml_backend_cpu_init\nleak:gguf_init_from_reader\n";
}
