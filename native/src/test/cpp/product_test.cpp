// Products with sums in double, as a unit: each kind of vector unit that this processor has, and none.
#include "../../main/cpp/src/product.cpp"

#include <cmath>
#include <random>

#include "check.h"

using rwkv_ms::Kernel;
using rwkv_ms::WideProduct;

namespace {

constexpr int64_t kMostRows = 19, kMostTokens = 9;

std::vector<std::pair<const char *, Kernel>> kernels() {
    std::vector<std::pair<const char *, Kernel>> found = {{"plain", rwkv_ms::plain::multiply}};
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        found.emplace_back("avx2", rwkv_ms::avx2::multiply);
    if (__builtin_cpu_supports("avx512f")) found.emplace_back("avx512", rwkv_ms::avx512::multiply);
#endif
    return found;
}

std::vector<float> random_values(int64_t count, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    std::vector<float> values(static_cast<size_t>(count));
    for (float &value : values) value = normal(random);
    return values;
}

std::vector<double> widened(const std::vector<float> &values) {
    return {values.begin(), values.end()};
}

// The sum of one result and of its terms' magnitudes.
std::pair<long double, long double> exact(const WideProduct &p, int64_t row, int64_t token) {
    long double sum = 0, magnitudes = 0;
    for (int64_t i = 0; i < p.width; ++i) {
        const long double term =
            static_cast<long double>(p.weights[row * p.width + i]) * p.x[token * p.width + i];
        sum += term;
        magnitudes += std::fabs(term);
    }
    return {sum, magnitudes};
}

// Results beside `untouched` ones, which a product may not write.
std::vector<double> results(int64_t tokens, int64_t stride) {
    return std::vector<double>(static_cast<size_t>(tokens * stride), -1.0);
}

} // namespace

// Widths below, at and beyond whole vectors, rows and tokens below, at and beyond whole tiles.
TEST(every_kernel_gives_the_same_bits_and_they_are_right) {
    for (const int64_t width : {1, 7, 8, 9, 67, 2560}) {
        const std::vector<double> weights = widened(random_values(kMostRows * width, 1));
        const std::vector<float> x = random_values(kMostTokens * width, 2);
        for (const int64_t rows : {int64_t{1}, int64_t{8}, kMostRows}) {
            for (int64_t tokens = 1; tokens <= kMostTokens; ++tokens) {
                const int64_t stride = rows + 1;
                std::vector<double> first = results(tokens, stride);
                WideProduct product{weights.data(), rows, x.data(), tokens, width, first.data(), stride};
                rwkv_ms::multiply(product, 0, 1);
                for (int64_t t = 0; t < tokens; ++t) {
                    for (int64_t row = 0; row < rows; ++row) {
                        const auto [sum, magnitudes] = exact(product, row, t);
                        CHECK(std::fabs(first[t * stride + row] - sum) <= 1e-14L * magnitudes);
                    }
                    CHECK_EQUAL(first[t * stride + rows], -1.0);
                }
                for (const auto &[name, kernel] : kernels()) {
                    std::vector<double> found = results(tokens, stride);
                    product.out = found.data();
                    kernel(product, 0, rows);
                    CHECK_EQUAL(std::string(found == first ? "the same bits" : name), "the same bits");
                }
            }
        }
    }
}

TEST(parts_make_the_whole) {
    const int64_t rows = 13, tokens = 5, width = 67;
    const std::vector<double> weights = widened(random_values(rows * width, 1));
    const std::vector<float> x = random_values(tokens * width, 2);
    std::vector<double> whole = results(tokens, rows);
    WideProduct product{weights.data(), rows, x.data(), tokens, width, whole.data(), rows};
    rwkv_ms::multiply(product, 0, 1);
    for (const int parts : {2, 3, 13, 16}) {
        std::vector<double> found = results(tokens, rows);
        product.out = found.data();
        for (int part = 0; part < parts; ++part) rwkv_ms::multiply(product, part, parts);
        CHECK(found == whole);
    }
}

int main() { return test::run_all(); }
