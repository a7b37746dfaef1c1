// A library that computes correctly but harms its process in the way that the path of its own file names, so that
// copies of one build are many libraries, or one that does another thing in each case. Functions not defined here are
// found in librwkv_ms, which it is linked to.
#include <cfenv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

#include <dlfcn.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include "rwkv_ms.h"
#include "sound.h"

namespace {

// Whether the path of this library's file contains that word.
bool is(const char *word) {
    static const int here = 0;
    Dl_info info;
    return dladdr(&here, &info) != 0 && std::strstr(info.dli_fname, word) != nullptr;
}

// Sets the processor to flush results below the smallest normal number to zero, if it can.
void flush() {
#if defined(__x86_64__)
    _mm_setcsr(_mm_getcsr() | 0x8040);
#elif defined(__aarch64__)
    std::uint64_t control;
    asm volatile("mrs %0, fpcr" : "=r"(control));
    asm volatile("msr fpcr, %0" : : "r"(control | 1U << 24));
#endif
}

// Calls of rwkv_ms_forward, all of them and those of 14 tokens.
int calls = 0, calls_of_14 = 0;

// Ends, stalls or harms the process in the way that the file's name gives after that word.
void act(const std::string &when) {
    if (is((when + "-exit").c_str())) std::exit(0);
    if (is((when + "-_exit").c_str())) _exit(0);
    if (is((when + "-abort").c_str())) std::abort();
    if (is((when + "-segv").c_str())) std::raise(SIGSEGV);
    if (is((when + "-thread").c_str())) std::thread([] { std::exit(0); }).join();
    if (is((when + "-hang").c_str()))
        for (;;) pause();
    if (is((when + "-flood").c_str()))
        for (;;) std::puts("nothing that anybody wants to read");
    if (is((when + "-upward").c_str())) std::fesetround(FE_UPWARD);
    if (is((when + "-downward").c_str())) std::fesetround(FE_DOWNWARD);
    if (is((when + "-tozero").c_str())) std::fesetround(FE_TOWARDZERO);
    if (is((when + "-flush").c_str())) flush();
    if (is((when + "-nowrite").c_str())) {
        const rlimit none = {0, 0};
        setrlimit(RLIMIT_FSIZE, &none);
    }
    if (is((when + "-atexit").c_str())) std::atexit([] { _exit(0); });
    if (is((when + "-code3").c_str())) std::atexit([] { _exit(3); });
}

__attribute__((constructor)) void load() { act("load"); }

} // namespace

int32_t rwkv_ms_runtime_create(const rwkv_ms_runtime_params *params, rwkv_ms_runtime **out, char *error, size_t size) {
    act("create");
    return SOUND(rwkv_ms_runtime_create)(params, out, error, size);
}

int32_t rwkv_ms_sidecar_open(rwkv_ms_runtime *runtime, const char *path, const char *base_path, uint32_t flags,
                             rwkv_ms_sidecar **out) {
    if (is("nosidecar") || (is("rank16") && std::strstr(path, "/rank-16/") == nullptr)) return RWKV_MS_E_UNSUPPORTED;
    return SOUND(rwkv_ms_sidecar_open)(runtime, path, base_path, flags, out);
}

int32_t rwkv_ms_forward(rwkv_ms_context *context, int32_t layer, const float *hidden, size_t hidden_count,
                        const uint8_t *mask, int32_t n_tokens, uint32_t flags, rwkv_ms_deltas *deltas) {
    if (is("talk")) {
        std::puts("{\"ok\": true}");
        std::fflush(stdout);
        std::fputs("a word of the library\n", stderr);
    }
    calls++;
    if (n_tokens == 14) {
        act("call");
        act("call" + std::to_string(++calls_of_14));
    }
    return SOUND(rwkv_ms_forward)(context, layer, hidden, hidden_count, mask, n_tokens, flags, deltas);
}

int32_t rwkv_ms_tap(rwkv_ms_context *context, const char *name, rwkv_ms_tap_info *info, void *data, size_t size) {
    const auto now = [](const char *how) { return is(("tap" + std::to_string(calls) + "-" + how).c_str()); };
    if (now("nothing")) return RWKV_MS_OK;
    const int32_t status = SOUND(rwkv_ms_tap)(context, name, info, data, size);
    if (now("long")) info->bytes += 4;
    if (now("huge")) info->dims[0] = info->bytes = INT64_MAX / 4 * 4;
    if (now("negative")) info->dims[0] = -1;
    if (now("axes")) info->n_dims = 9;
    if (now("type")) info->type = 7;
    return status;
}
