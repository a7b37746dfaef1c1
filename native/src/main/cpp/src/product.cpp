#include "product.h"

#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__clang__)
#define RWKV_MS_UNROLL // it unrolls short loops by itself
#else
#define RWKV_MS_UNROLL _Pragma("GCC unroll 8")
#endif

namespace rwkv_ms {

namespace {

constexpr int64_t kLanes = 8; // sums that a product has side by side, on every processor

double sum_of(const double *lanes) {
    return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

#if defined(__x86_64__)
namespace avx512 {
#define RWKV_MS_TARGET __attribute__((target("avx512f")))
constexpr int64_t kWidth = 8, kRows = 4, kTokens = 4, kRowsOfOne = 8;
RWKV_MS_TARGET inline __m512d fused(__m512d a, __m512d b, __m512d sum) { return _mm512_fmadd_pd(a, b, sum); }
#include "product_kernel.h"
#undef RWKV_MS_TARGET
} // namespace avx512

namespace avx2 {
#define RWKV_MS_TARGET __attribute__((target("avx2,fma")))
constexpr int64_t kWidth = 4, kRows = 3, kTokens = 3, kRowsOfOne = 4;
RWKV_MS_TARGET inline __m256d fused(__m256d a, __m256d b, __m256d sum) { return _mm256_fmadd_pd(a, b, sum); }
#include "product_kernel.h"
#undef RWKV_MS_TARGET
} // namespace avx2
#endif

namespace plain {
#define RWKV_MS_TARGET
constexpr int64_t kWidth = 2, kRows = 4, kTokens = 3, kRowsOfOne = 3;
using Pair = double __attribute__((vector_size(16)));
inline Pair fused(Pair a, Pair b, Pair sum) { return a * b + sum; }
#include "product_kernel.h"
#undef RWKV_MS_TARGET
} // namespace plain

using Kernel = void (*)(const WideProduct &product, int64_t first, int64_t end);

Kernel kernel_of_this_processor() {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) return avx512::multiply;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return avx2::multiply;
#endif
    return plain::multiply;
}

} // namespace

void multiply(const WideProduct &product, int part, int parts) {
    static const Kernel kernel = kernel_of_this_processor();
    kernel(product, product.rows * part / parts, product.rows * (part + 1) / parts);
}

} // namespace rwkv_ms

// For tests, and no part of the interface.
extern "C" __attribute__((visibility("default"))) int64_t rwkv_ms_test_multiply_adds() { return rwkv_ms::multiply_adds; }
