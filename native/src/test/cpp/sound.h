// Finds the functions of librwkv_ms, for libraries that pass calls on to it and change one thing.
#pragma once

#include <cstdlib>

#include <dlfcn.h>

template <typename Function> Function *sound(const char *name) {
    void *library = dlopen("librwkv_ms.so", RTLD_NOW | RTLD_NOLOAD);
    void *function = library != nullptr ? dlsym(library, name) : nullptr;
    if (function == nullptr) std::abort();
    return reinterpret_cast<Function *>(function);
}

#define SOUND(name) sound<decltype(name)>(#name)
